// Operations that take a file as it is, as targets of resumable uploads (draft-ietf-httpbis-resumable-upload-11
// §4.2): the octets are an upload of their own, and once it is complete the operation is carried out with it, as a
// form that names its token. What it answers is the last answer.
import { WaybillError } from "../base/fault.js";
import { isObject } from "../base/json.js";
import { parseMediaType } from "../base/media-type.js";
import { chooseMediaType, untypedMediaType, type BodyPlan } from "../plan/body-plan.js";
import type { OperationPlan } from "../plan/plan.js";
import type { HttpResponse, RequestBody } from "./exchange.js";
import type { OperationRun } from "./operation-run.js";
import { isNameless } from "./principal-key.js";
import { parseBooleanItem } from "./structured-item.js";

/** What is kept of the first request: neither its query nor credentials, which come with the last one. */
interface UploadTarget {
  readonly method: string;
  readonly path: string;
  readonly conditions: Readonly<Record<string, string>>;
}

const conditionNames = ["if-match", "if-none-match", "if-unmodified-since"];

/** False where the ordinary way goes on. Throws `not-implemented` for a piece of what can only come whole. */
export function isResumedHere(run: OperationRun): boolean {
  const complete = parseBooleanItem(run.request.headers["upload-complete"]);
  if (complete === undefined) return false;
  if (mayResume(run)) return true;
  if (complete) return false;
  const detail = "The file must come whole here: Upload-Complete: ?1.";
  throw new WaybillError({ code: "not-implemented", detail });
}

function mayResume(run: OperationRun): boolean {
  const { plan, request, uploads, principal, uploadsPath, idempotent } = run;
  if (!plan.body || !uploads || isNameless(principal) || uploadsPath() === undefined) return false;
  // Its answer is kept by the ordinary way, together with what it has done.
  if (idempotent) return false;
  if (!takesForm(plan.body)) return false;
  const said = request.headers["content-type"];
  const type = parseMediaType(said ?? "");
  const media =
    said === undefined ? untypedMediaType(plan.body) : type && chooseMediaType(plan.body, type);
  return media?.body.kind === "raw";
}

/** Whether octets for it can be resumed at all. */
export function isTarget({ act, body }: OperationPlan): boolean {
  const isFile = act.kind === "put-file" || act.kind === "add-file";
  return isFile && body !== undefined && takesForm(body) && untypedMediaType(body) !== undefined;
}

function takesForm(plan: BodyPlan): boolean {
  const form = parseMediaType("multipart/form-data");
  return form !== undefined && chooseMediaType(plan, form)?.body.kind === "form-data";
}

/** As text, to be kept with the upload. */
export function formatTarget({ request, path, filename }: OperationRun): string {
  const said = conditionNames.flatMap((name) => {
    const value = request.headers[name];
    return value === undefined ? [] : [[name, value] as const];
  });
  const target: UploadTarget = {
    method: request.method,
    // A file name after the path is known to the upload.
    path: filename === undefined ? path : path.slice(0, path.lastIndexOf("/") + 1),
    conditions: Object.fromEntries(said),
  };
  return JSON.stringify(target);
}

export interface Completion {
  readonly target: string;
  readonly property: string;
  readonly token: string;
}

export async function completeTarget(
  run: OperationRun,
  { target: text, property, token }: Completion,
): Promise<HttpResponse> {
  const { method, path, conditions } = parseTarget(text);
  const { headers, scheme, authority } = run.request;
  const query = run.queryText === "" ? "" : `?${run.queryText}`;
  const response = await run.again({
    method,
    target: path + query,
    scheme,
    authority,
    headers: {
      ...Object.fromEntries(Object.entries(headers).filter(([name]) => !isOfContent(name))),
      ...conditions,
      "content-type": `multipart/form-data; boundary=${boundary}`,
    },
    body: formOf(property, token),
  });
  return response;
}

const boundary = "upload";

// The names of HTML's form data, in which these three are escaped.
function formOf(property: string, token: string): RequestBody {
  const name = property.replaceAll("\r", "%0D").replaceAll("\n", "%0A").replaceAll('"', "%22");
  const head = `--${boundary}\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n`;
  const text = `${head}${JSON.stringify({ upload: token })}\r\n--${boundary}--\r\n`;
  return {
    present: true,
    pump: async (write) => write(Buffer.from(text)),
  };
}

/** Of the request that brought the last octets, and of conditions on the upload rather than on the target. */
function isOfContent(name: string): boolean {
  return /^(content-|upload-|if-|transfer-encoding$|trailer$|expect$|repr-digest$|idempotency-key$)/.test(
    name,
  );
}

function parseTarget(text: string): UploadTarget {
  const value: unknown = JSON.parse(text);
  if (!isObject(value) || !isObject(value["conditions"])) throw new Error("The target is none.");
  return {
    method: String(value["method"]),
    path: String(value["path"]),
    conditions: Object.fromEntries(
      Object.entries(value["conditions"]).map(([name, each]) => [name, String(each)]),
    ),
  };
}
