// Which of an operation's media types a request body has; refused before any of it is read.
import { WaybillError } from "../base/fault.js";
import type { Limits } from "../base/limits.js";
import { formatMediaType, parseMediaType, type MediaType } from "../base/media-type.js";
import { chooseMediaType, untypedMediaType, type BodyPlan } from "../plan/body-plan.js";
import type { MediaTypePlan } from "../plan/media-type-plan.js";
import type { OperationPlan } from "../plan/plan.js";
import { acceptedEncodings, decodeContent } from "./content-encoding.js";
import { parseContentDisposition } from "./content-disposition.js";
import type { HttpRequest, RequestBody } from "./exchange.js";
import { verifyDigest } from "./verify-digest.js";

export interface NegotiatedBody {
  readonly plan: MediaTypePlan;
  readonly contentType: MediaType;
  readonly filename: string | undefined;
  /** Without its Content-Encoding. */
  readonly body: RequestBody;
}

const octets = "application/octet-stream";

/** Undefined when there is no body and none is required. Throws `missing-body`, `unsupported-…`, `…-too-large`, `malformed-header`. */
export function negotiateBody(
  request: HttpRequest,
  plan: BodyPlan,
  limits: Limits,
  filenameInPath?: string,
): NegotiatedBody | undefined {
  const said = request.headers["content-type"];
  if (!request.body.present && !isEmptyFile(request, plan)) {
    if (!plan.required) return undefined;
    throw new WaybillError({ code: "missing-body", detail: "The request needs a body." });
  }
  const contentType = parseMediaType(said ?? octets);
  const media =
    contentType &&
    (said === undefined
      ? (untypedMediaType(plan) ?? chooseMediaType(plan, contentType))
      : chooseMediaType(plan, contentType));
  if (!contentType || !media) throw unsupported(said, plan);
  const contentLength = lengthOf(request);
  const encoding = request.headers["content-encoding"];
  checkFileLength(media, contentLength, encoding, limits);
  const body = decodeContent(
    verifyDigest(request.body, request.headers),
    encoding,
    limits,
    contentLength,
  );
  return { plan: media, contentType, filename: filenameOf(request, filenameInPath), body };
}

/** What a 415 says in `Accept` (RFC 9110 §15.5.16). */
export function acceptedTypes(plan: BodyPlan): string {
  return plan.media.map(({ range }) => formatMediaType(range)).join(", ");
}

/** The headers that tell a client of a 415 what it may send. */
export function acceptHeaders(
  error: WaybillError,
  plan: Pick<OperationPlan, "body" | "operation">,
): Record<string, string> {
  if (error.code === "unsupported-content-encoding")
    return { "accept-encoding": acceptedEncodings.join(", ") };
  // Looked at only here: in other failures the body may be what cannot be compiled.
  if (error.code !== "unsupported-media-type" || !plan.body) return {};
  return { accept: acceptedTypes(plan.body), ...acceptByMethod(plan.operation.method, plan.body) };
}

/** `Accept-Patch` (RFC 5789 §3.1) or `Accept-Post` (LDP 1.0 §7.1), for the one and the other. */
export function acceptByMethod(method: string, plan: BodyPlan): Record<string, string> {
  if (method !== "PATCH" && method !== "POST") return {};
  return { [`accept-${method.toLowerCase()}`]: acceptedTypes(plan) };
}

// A file may well be empty: `Content-Length: 0` is one, where the type says so or a body there must be.
function isEmptyFile({ headers }: HttpRequest, plan: BodyPlan): boolean {
  const said = headers["content-type"];
  if (said === undefined)
    return (
      plan.required && headers["content-length"] === "0" && untypedMediaType(plan) !== undefined
    );
  const contentType = parseMediaType(said);
  return contentType !== undefined && chooseMediaType(plan, contentType)?.body.kind === "raw";
}

function unsupported(said: string | undefined, plan: BodyPlan): WaybillError {
  const found =
    said === undefined
      ? "The request has no Content-Type"
      : `The Content-Type ${JSON.stringify(said)} is not accepted here`;
  return new WaybillError({
    code: "unsupported-media-type",
    detail: `${found}; send ${acceptedTypes(plan)}.`,
  });
}

function lengthOf({ headers }: HttpRequest): number | undefined {
  const said = headers["content-length"];
  return said !== undefined && /^\d{1,15}$/.test(said) ? Number(said) : undefined;
}

// A raw body is its file: known to be too large before the first octet.
function checkFileLength(
  { body }: MediaTypePlan,
  length: number | undefined,
  encoding: string | undefined,
  limits: Limits,
): void {
  if (body.kind !== "raw" || length === undefined || (encoding ?? "identity") !== "identity")
    return;
  const bytesMax = Math.min(
    limits.fileBytesMax,
    body.file.bytesMax ?? Infinity,
    body.file.textBytesMax ?? Infinity,
  );
  if (length <= bytesMax) return;
  const name = bytesMax === limits.fileBytesMax ? "fileBytesMax" : "maxLength";
  throw new WaybillError({
    code: "file-too-large",
    detail: `The file is larger than ${bytesMax} octets.`,
    limit: { name, value: bytesMax },
    pointer: "",
  });
}

// By Content-Disposition, else as the last segment of a path that has more than its operation's.
function filenameOf({ headers }: HttpRequest, inPath: string | undefined): string | undefined {
  const field = headers["content-disposition"];
  return field === undefined ? inPath : parseContentDisposition(field).filename;
}
