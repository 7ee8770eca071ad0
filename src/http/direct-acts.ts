// What uploads that clients send by themselves are on the wire: asked for, sent to a signed URL of the server where the
// storage has none, and said to be complete.
import { formatDateTime } from "../base/date-time.js";
import { WaybillError, type Fault } from "../base/fault.js";
import { isObject, numberOr, stringOr } from "../base/json.js";
import { formatMediaType, isRange, parseMediaType } from "../base/media-type.js";
import { chooseMediaType } from "../plan/body-plan.js";
import type { DirectUploads, DirectWanted, DirectWay } from "../upload/direct-uploads.js";
import { ended } from "../upload/resumable-faults.js";
import { isOpen } from "../upload/upload-state.js";
import type { Uploads } from "../upload/uploads.js";
import { formatSha256 } from "./digest-fields.js";
import type { HttpResponse } from "./exchange.js";
import { jsonResponse } from "./json-response.js";
import { bindingSaid, type OperationRun } from "./operation-run.js";
import { reserveOnce } from "./reserve-once.js";
import { shownStatus } from "./shown-status.js";
import { uploadId, uploadUrl } from "./upload-url.js";
import { verifyDigest } from "./verify-digest.js";

/** Is the body what is to be sent, and not the file itself? */
export function isDirectRequest({ request, plan }: OperationRun): boolean {
  const type = parseMediaType(request.headers["content-type"] ?? "");
  const media = type && plan.body && chooseMediaType(plan.body, type);
  return media?.body.kind === "json" && media.body.value?.file !== true;
}

export async function stageDirect(
  run: OperationRun,
  uploads: Uploads,
  value: unknown,
): Promise<HttpResponse> {
  const wanted = wantedIn(value);
  checkSize(wanted, uploads);
  const binding = bindingSaid(run);
  const made: { way: DirectWay | undefined } = { way: undefined };
  const { id, token, isRepeated } = await reserveOnce(
    run,
    uploads.resumable,
    { direct: { ...wanted }, ...binding },
    async (record) => {
      const { way, ...staged } = await uploads.direct.reserve(wanted, binding, record);
      made.way = way;
      return staged;
    },
  );
  const row = await uploads.resumable.look(id, run.principal);
  if (!row || row.isOver) throw ended();
  const isWaiting = isOpen(row);
  if (isRepeated && isWaiting) made.way = await uploads.direct.wayOf(row);
  if (isWaiting && !made.way) {
    // The storage's URLs are told once, and kept nowhere: whoever has not heard them gets others, for another one.
    await uploads.abort(id, run.principal);
    return stageDirect(run, uploads, value);
  }
  const location = uploadUrl(run, id);
  const shown = {
    upload: token,
    ...shownStatus(row),
    ...(made.way && isWaiting ? { direct: shownWay(made.way, location, wanted) } : {}),
    complete: `${location}/complete`,
  };
  return jsonResponse(201, shown, { location, "cache-control": "no-store" });
}

export async function completeDirect(run: OperationRun, uploads: Uploads): Promise<HttpResponse> {
  const row = await uploads.direct.complete(uploadId(run), run.principal);
  return jsonResponse(200, shownStatus(row), { "cache-control": "no-store" });
}

/** By the signature in the URL alone: whoever has it needs no credentials. */
export async function sendContent(run: OperationRun, direct: DirectUploads): Promise<HttpResponse> {
  const { request, query } = run;
  const row = await direct.open(uploadId(run), {
    method: request.method,
    expires: query.get("expires") ?? "",
    signature: query.get("signature") ?? "",
  });
  checkHead(run, { size: row.size ?? 0, mediaType: row.declaredType ?? "" });
  const body = verifyDigest(request.body, {
    ...request.headers,
    ...(row.sha256 === null ? {} : { "content-digest": formatSha256(row.sha256) }),
  });
  const writer = await direct.write(row);
  const pump = body.pump((chunk) => writer.write(chunk), run.limits);
  try {
    await Promise.race([pump, writer.superseded]);
  } catch (error) {
    await writer.stop();
    throw error;
  }
  await writer.end();
  // As storages answer: what sends to them takes the tag for the sign that it was stored.
  return { status: 200, headers: { etag: `"${row.id}"`, "content-length": "0" } };
}

function shownWay(way: DirectWay, location: string, { mediaType }: DirectWanted): object {
  const expiresAt = formatDateTime(way.expiresAt);
  if (way.to === "store") return { ...way.plan, expiresAt };
  const { method, expires, signature } = way.signed;
  const query = new URLSearchParams({ expires, signature });
  const url = `${location}/content?${query.toString()}`;
  return { kind: "put", method, url, headers: { "content-type": mediaType }, expiresAt };
}

const digestPattern = /^[0-9a-f]{64}$/i;
const methods = ["PUT", "POST", "parts"] as const;

// The schema says most of this; a document that was written out may say less.
function wantedIn(value: unknown): DirectWanted {
  const said = isObject(value) ? value : {};
  const faults: Fault[] = [];
  const wrong = (name: string, what: string): void => {
    const detail = `The member ${JSON.stringify(name)} must be ${what}.`;
    faults.push({ code: "invalid-value", detail, pointer: `/${name}` });
  };
  const size = numberOr(said["size"], -1);
  if (!Number.isInteger(size) || size < 0) wrong("size", "a whole number of octets");
  const mediaType = mediaTypeIn(stringOr(said["mediaType"], "")) ?? "";
  if (mediaType === "") wrong("mediaType", "one media type, as image/png");
  const sha256 = stringOr(said["sha256"], undefined);
  if (sha256 !== undefined && !digestPattern.test(sha256)) wrong("sha256", "64 hexadecimal digits");
  const method = methods.find((each) => each === said["method"]);
  const [first, ...more] = faults;
  if (first) throw new WaybillError([first, ...more]);
  const filename = stringOr(said["filename"], undefined);
  return { size, mediaType, sha256: sha256?.toLowerCase(), filename, method };
}

// It becomes the value of a header, here and elsewhere: with spaces at its end, or several in it, no storage would have it as
// it was said.
function mediaTypeIn(text: string): string | undefined {
  const type = parseMediaType(text);
  if (!type || isRange(type) || !/^[\x21-\x7e][\x20-\x7e]*$/.test(text)) return undefined;
  return formatMediaType(type);
}

function checkSize({ size }: DirectWanted, { resumable }: Uploads): void {
  const { bytesMax } = resumable;
  if (size <= bytesMax) return;
  const detail = `The file is larger than ${bytesMax} octets.`;
  const limit = { name: "fileBytesMax", value: bytesMax };
  throw new WaybillError({ code: "file-too-large", detail, limit, pointer: "/size" });
}

/** Before an octet is read: what was signed is what comes. */
function checkHead(
  { request }: OperationRun,
  { size, mediaType }: { readonly size: number; readonly mediaType: string },
): void {
  const { headers, body } = request;
  const length = headers["content-length"] ?? (body.present ? undefined : "0");
  if (length !== String(size)) {
    const detail = `The Content-Length must be ${size}, as it was signed.`;
    throw new WaybillError({ code: "inconsistent-upload-length", detail });
  }
  if (canonical(headers["content-type"]) !== canonical(mediaType)) {
    const detail = `The Content-Type must be ${mediaType}, as it was signed.`;
    throw new WaybillError({ code: "unsupported-media-type", detail });
  }
  const coding = headers["content-encoding"] ?? "identity";
  if (coding.toLowerCase() === "identity") return;
  const detail = "What is sent to a signed URL must come without a Content-Encoding.";
  throw new WaybillError({ code: "unsupported-content-encoding", detail });
}

function canonical(text = ""): string | undefined {
  const type = parseMediaType(text);
  return type && formatMediaType(type);
}
