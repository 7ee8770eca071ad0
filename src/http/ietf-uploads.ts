// Resumable uploads of the IETF on the wire (draft-ietf-httpbis-resumable-upload-11, interop version 8):
// creation, offset retrieval, append. What it means is in `upload/resumable.ts`. Complete is what the client
// says is complete, and what it is told to be so is verified.
import { WaybillError } from "../base/fault.js";
import { essenceOf, parseMediaType } from "../base/media-type.js";
import { fileTooLarge } from "../upload/file-intake.js";
import type { Resumables, ResumableUpload } from "../upload/resumable.js";
import { ended, noUpload, onlyJoined, otherProtocol } from "../upload/resumable-faults.js";
import { parseContentDisposition } from "./content-disposition.js";
import { formatSha256, parseDigests, takesSha256 } from "./digest-fields.js";
import type { HttpResponse } from "./exchange.js";
import { stateFields } from "./ietf-fields.js";
import { announceUpload } from "./ietf-interim.js";
import { completeTarget, formatTarget, type Completion } from "./ietf-target.js";
import { otherLength, receivePiece, type UploadPiece } from "./ietf-receive.js";
import { bindingSaid, bindingTo, type OperationRun } from "./operation-run.js";
import { reserveOnce } from "./reserve-once.js";
import { stagedResponse } from "./staged-response.js";
import { formatBooleanItem, parseBooleanItem, parseCountItem } from "./structured-item.js";
import { uploadId, uploadUrl } from "./upload-url.js";

const partial = "application/partial-upload";

/** Does it ask for an upload that can be resumed? (§4.2) A form comes whole, in the ordinary way. */
export function isIetfCreation({ request }: OperationRun): boolean {
  const complete = parseBooleanItem(request.headers["upload-complete"]);
  const type = parseMediaType(request.headers["content-type"] ?? "");
  const isForm = type?.type === "multipart";
  if (isForm && complete === false) throw wrongType("A form must come whole: Upload-Complete: ?1.");
  return complete !== undefined && !isForm;
}

export async function createByIetf(run: OperationRun, uploads: Resumables): Promise<HttpResponse> {
  refuseCoding(run);
  const { headers } = run.request;
  const complete = parseBooleanItem(headers["upload-complete"]) === true;
  const size = lengthSaid(run, { offset: 0, complete, known: null });
  checkSize(size, uploads);
  const digests = parseDigests("Repr-Digest", headers["repr-digest"] ?? "");
  const promised = (name: string): string | undefined =>
    digests.find(({ algorithm }) => algorithm === name)?.octets.toString("hex");
  const isOwn = run.plan.act.kind === "stage-upload";
  const disposition = headers["content-disposition"];
  const what = {
    size,
    target: isOwn ? undefined : formatTarget(run),
    filename:
      disposition === undefined ? run.filename : parseContentDisposition(disposition).filename,
    declaredType: headers["content-type"],
    sha256: promised("sha-256"),
    sha512: promised("sha-512"),
  };
  const binding = isOwn ? bindingSaid(run) : bindingTo(run);
  const { id, isRepeated } = await reserveOnce(run, uploads, { ...what, ...binding }, (record) =>
    uploads.reserve(what, binding, record),
  );
  const location = uploadUrl(run, id);
  if (isRepeated) return repeated(run, uploads, id, location);
  const isKnown = announceUpload(run, location, uploads);
  try {
    // What the whole of it was promised to be is held against the whole of it. It has had no epoch yet.
    const { "repr-digest": _, ...ofContent } = headers;
    const piece = { id, offset: 0, epoch: 0, size, complete, isKnown, headers: ofContent };
    if (complete || run.request.body.present) await receivePiece(run, uploads, piece);
  } catch (error) {
    // Nobody could ever go on with it.
    if (!isKnown) await uploads.abandon(id);
    throw error;
  }
  return answer(run, uploads, { id, complete, status: 201, location });
}

/** The creation was answered before, or broke off: where it is now, it goes on from. */
async function repeated(
  run: OperationRun,
  uploads: Resumables,
  id: string,
  location: string,
): Promise<HttpResponse> {
  const row = await uploads.locate(id, run.principal);
  return answer(run, uploads, { id, complete: row?.isWhole === true, status: 201, location });
}

export async function headByIetf(run: OperationRun, uploads: Resumables): Promise<HttpResponse> {
  const row = usable(await uploads.locate(uploadId(run), run.principal));
  return { status: 204, headers: stateFields(row, uploads) };
}

export async function appendByIetf(run: OperationRun, uploads: Resumables): Promise<HttpResponse> {
  refuseCoding(run);
  const { headers, body } = run.request;
  if (!isPartial(headers["content-type"])) throw wrongType(`The Content-Type must be ${partial}.`);
  const complete = needed("Upload-Complete", parseBooleanItem(headers["upload-complete"]));
  const offset = needed("Upload-Offset", parseCountItem(headers["upload-offset"]));
  const row = await foundUpload(run, uploads);
  const id = row.id;
  if (row.role !== null) throw row.role === "part" ? otherProtocol() : onlyJoined();
  if (offset !== row.received) throw otherOffset(row.received, offset);
  if (row.isWhole || row.state === "verified") {
    // The answer may have been lost on its way, or never made: it is made once more.
    if (!body.present && row.state === "verified" && (complete || !row.isWhole))
      return answer(run, uploads, { id, complete, status: complete ? 200 : 204 });
    throw body.present ? otherLength("The upload is complete: nothing can be added.") : completed();
  }
  const size = lengthSaid(run, { offset, complete, known: row.size });
  checkSize(size, uploads);
  const piece: UploadPiece = {
    id,
    offset,
    epoch: row.epoch,
    size,
    complete,
    isKnown: true,
    headers,
  };
  await receivePiece(run, uploads, piece).catch(async (error: unknown) => {
    throw await inHindsight(error, run, uploads, offset);
  });
  return answer(run, uploads, { id, complete, status: complete ? 200 : 204 });
}

interface Answering {
  readonly id: string;
  readonly complete: boolean;
  readonly status: number;
  readonly location?: string;
}

/** Of a complete upload, the answer that the ordinary way gives (§4.4.2). */
async function answer(
  run: OperationRun,
  uploads: Resumables,
  { id, complete, status, location }: Answering,
): Promise<HttpResponse> {
  const row = await uploads.find(id, run.principal);
  if (!row) throw noUpload();
  if (row.isOver) throw row.state === "rejected" && complete ? rejected() : ended();
  const headers = { ...(location ? { location } : {}), ...stateFields(row, uploads) };
  if (!complete) return { status, headers };
  const reference = row.blob?.reference;
  const token = await uploads.renewToken(id);
  if (!reference || token === undefined) throw completed();
  if (row.target !== null)
    return carriedOut(run, { target: row.target, property: row.property ?? "", token });
  const digest: Record<string, string> = takesSha256(run.request.headers["want-repr-digest"])
    ? { "repr-digest": formatSha256(reference.sha256) }
    : {};
  const staged = { token, expiresAt: row.expiresAt, reference };
  return stagedResponse(status, staged, { ...headers, ...digest });
}

/**
 * By the operation that the upload was made for: its answer, and its refusal as well, is the last (§4.4.2). Where it
 * could not be done, an empty append at the end asks for it again.
 */
async function carriedOut(run: OperationRun, completion: Completion): Promise<HttpResponse> {
  const response = await completeTarget(run, completion);
  const complete = formatBooleanItem(response.status < 500);
  return { ...response, headers: { ...response.headers, "upload-complete": complete } };
}

async function foundUpload(run: OperationRun, uploads: Resumables): Promise<ResumableUpload> {
  return usable(await uploads.find(uploadId(run), run.principal));
}

function usable(row: ResumableUpload | undefined): ResumableUpload {
  if (!row) throw noUpload();
  if (row.isOver) throw ended();
  if (row.direct !== null) throw otherProtocol();
  return row;
}

/** Another request was faster: the offset is another than it was when this one was let in. */
async function inHindsight(
  error: unknown,
  run: OperationRun,
  uploads: Resumables,
  offset: number,
): Promise<unknown> {
  if (!(error instanceof WaybillError) || error.code !== "conflict") return error;
  const row = await foundUpload(run, uploads);
  return row.received === offset ? error : otherOffset(row.received, offset);
}

interface Saying {
  readonly offset: number;
  readonly complete: boolean;
  readonly known: number | null;
}

/** Null while nothing says it (§4.1.3). Throws `inconsistent-upload-length`. */
function lengthSaid({ request }: OperationRun, { offset, complete, known }: Saying): number | null {
  const { "upload-length": said, "content-length": content } = request.headers;
  const isCounted = content !== undefined || !request.body.present;
  const byContent = complete && isCounted ? offset + Number(content ?? 0) : undefined;
  const all = [parseCountItem(said), byContent, known ?? undefined];
  const [first, ...others] = [...new Set(all.filter((each) => each !== undefined))];
  if (others.length > 0) {
    const lengths = [first, ...others].join(" and ");
    throw otherLength(`The upload is said to have ${lengths} octets.`);
  }
  return first ?? null;
}

function isPartial(said = ""): boolean {
  const type = parseMediaType(said);
  return type !== undefined && essenceOf(type) === partial;
}

// Offsets count coded octets (§8), which are decoded nowhere here: what is stored is the file itself.
function refuseCoding({ request }: OperationRun): void {
  const coding = request.headers["content-encoding"] ?? "identity";
  if (coding.toLowerCase() === "identity") return;
  const detail = "An upload that can be resumed must come without a Content-Encoding.";
  throw new WaybillError({ code: "unsupported-content-encoding", detail });
}

function checkSize(size: number | null, { bytesMax }: Resumables): void {
  if (size !== null && size > bytesMax) throw fileTooLarge({ bytesMax });
}

function needed<Value>(name: string, value: Value | undefined): Value {
  if (value !== undefined) return value;
  const detail = `The header ${name} is missing, or is not of its kind.`;
  throw new WaybillError({ code: "malformed-header", detail });
}

function wrongType(detail: string): WaybillError {
  return new WaybillError({ code: "unsupported-media-type", detail });
}

function otherOffset(expected: number, provided: number): WaybillError {
  const detail = `The upload goes on at octet ${expected}, not at ${provided}.`;
  const offsets = { expected, provided };
  return new WaybillError({ code: "mismatching-upload-offset", detail, offsets });
}

function completed(): WaybillError {
  const detail = "The upload is complete, and cannot be changed.";
  return new WaybillError({ code: "completed-upload", detail });
}

function rejected(): WaybillError {
  const detail = "The whole of the upload is not what its Repr-Digest has promised.";
  return new WaybillError({ code: "upload-rejected", detail });
}
