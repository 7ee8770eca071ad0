// tus 1.0 on the wire: creation, with an upload or with its length deferred, HEAD, PATCH. What it means is in
// `upload/resumable.ts`; an upload that is whole is told to be so only when it is verified.
import { WaybillError } from "../base/fault.js";
import { parseMediaType } from "../base/media-type.js";
import type { Appending } from "../upload/appending.js";
import { fileTooLarge } from "../upload/file-intake.js";
import { ended, noUpload, otherProtocol, otherSize, pastEnd } from "../upload/resumable-faults.js";
import type { Reservation, Resumables, ResumableUpload } from "../upload/resumable.js";
import type { UploadBinding } from "../upload/uploads.js";
import type { HttpRequest, HttpResponse } from "./exchange.js";
import { formatHttpDate } from "./http-date.js";
import type { OperationRun } from "./operation-run.js";
import { expectTusChecksum, tusAlgorithms } from "./tus-checksum.js";
import { parseTusConcat } from "./tus-concat.js";
import { formatTusMetadata, parseTusMetadata } from "./tus-metadata.js";
import { reserveOnce } from "./reserve-once.js";
import { uploadId, uploadUrl } from "./upload-url.js";
import { verifyDigest } from "./verify-digest.js";

const version = "1.0.0";
const octets = "application/offset+octet-stream";
const extensions =
  "creation,creation-with-upload,creation-defer-length,expiration,termination,checksum,checksum-trailer,concatenation";

export const tusHeaders = { "tus-resumable": version };

export function tusOptions(bytesMax: number): Record<string, string> {
  return {
    ...tusHeaders,
    "tus-version": version,
    "tus-extension": extensions,
    "tus-max-size": String(bytesMax),
    "tus-checksum-algorithm": tusAlgorithms.join(","),
  };
}

export function isTus({ request }: Pick<OperationRun, "request">): boolean {
  return request.headers["tus-resumable"] !== undefined;
}

/** With every failure of a request that speaks it; the version is what another one needs to know. */
export function tusFailureHeaders(request: HttpRequest): Record<string, string> {
  return isTus({ request }) ? { ...tusHeaders, "tus-version": version } : {};
}

export async function createByTus(run: OperationRun, uploads: Resumables): Promise<HttpResponse> {
  checkVersion(run);
  const { headers } = run.request;
  const what = { ...describedBy(headers["upload-metadata"]), concat: headers["upload-concat"] };
  const binding = bindingOf(run, what.meta);
  const concat = parseTusConcat(what.concat, (id) => [
    uploadUrl(run, id),
    `${run.path.replace(/\/$/, "")}/${id}`,
  ]);
  if (concat.kind === "final") {
    refuseContent(run);
    const { id, token } = await reserveOnce(
      run,
      uploads,
      { ...described(what), ...binding },
      (record) => uploads.join(what, concat.parts, binding, record),
    );
    return created(run, uploads, id, { "upload-token": token });
  }
  const isPart = concat.kind === "partial";
  const size = lengthOf(run, uploads);
  const asked = { ...described(what), size, isPart, ...binding };
  const { id, token, isRepeated } = await reserveOnce(run, uploads, asked, (record) =>
    uploads.reserve({ ...what, size, isPart }, binding, record),
  );
  const brings = run.request.body.present && headers["content-type"] === octets;
  // One that was made before goes on from where it is, by PATCH.
  if (!isRepeated && (brings || size === 0)) await receiveFirst(run, uploads, id);
  // A part is no file by itself: there is nothing that its token would be good for.
  return created(run, uploads, id, isPart ? {} : { "upload-token": token });
}

/** As a value that can be compared. */
function described({ meta, concat }: Described & { concat: string | undefined }): object {
  return { meta: Object.fromEntries(meta), concat };
}

async function created(
  run: OperationRun,
  uploads: Resumables,
  id: string,
  headers: Record<string, string>,
): Promise<HttpResponse> {
  const row = await uploads.find(id, run.principal);
  if (!row || row.isOver) throw ended();
  return answer(201, row, { location: uploadUrl(run, id), ...headers });
}

type Described = Omit<Reservation, "size"> & { readonly meta: ReadonlyMap<string, string> };

function describedBy(metadata: string | undefined): Described {
  const meta = parseTusMetadata(metadata);
  return {
    meta,
    metadata: metadata?.trim() || undefined,
    filename: meta.get("filename") ?? meta.get("name"),
    declaredType: parseMediaType(meta.get("filetype") ?? "") && meta.get("filetype"),
    sha256: promisedBy(meta.get("sha256")),
  };
}

function promisedBy(sha256: string | undefined): string | undefined {
  if (sha256 === undefined || /^[0-9a-f]{64}$/i.test(sha256)) return sha256;
  throw malformed("Upload-Metadata", "must have a sha256 of 64 hexadecimal digits, if any");
}

function bindingOf({ principal, query }: OperationRun, meta: Described["meta"]): UploadBinding {
  const said = (name: string): string | null => meta.get(name) ?? query.get(name);
  return { principal, operation: said("operation"), property: said("property") };
}

/** Of one that failed on its way nobody knows where it is. */
async function receiveFirst(run: OperationRun, uploads: Resumables, id: string): Promise<void> {
  try {
    await receive(run, uploads, { id, offset: 0, epoch: 0, size: undefined, isKnown: false });
  } catch (error) {
    await uploads.abandon(id);
    throw error;
  }
}

export async function headByTus(run: OperationRun, uploads: Resumables): Promise<HttpResponse> {
  checkVersion(run);
  const row = await foundUpload(run, uploads, "locate");
  const { size, filename, declaredType: filetype, concat } = row;
  const metadata = row.metadata ?? formatTusMetadata({ filename, filetype });
  return answer(200, row, {
    ...(size === null ? { "upload-defer-length": "1" } : { "upload-length": String(size) }),
    ...(metadata === "" ? {} : { "upload-metadata": metadata }),
    ...(concat === null ? {} : { "upload-concat": concat }),
  });
}

export async function appendByTus(run: OperationRun, uploads: Resumables): Promise<HttpResponse> {
  checkVersion(run);
  const { headers } = run.request;
  if (headers["content-type"] !== octets) throw wrongType();
  const offset = countOf("Upload-Offset", headers["upload-offset"]);
  const length = headers["upload-length"];
  const size = length === undefined ? undefined : countOf("Upload-Length", length);
  checkSize(size, uploads);
  const id = uploadId(run);
  const before = await foundUpload(run, uploads);
  // Sent again by a client that has not heard of the first time.
  const isAgain = before.isWhole && offset === before.received && before.role !== "joined";
  if (isAgain) await receiveNothing(run, { offset, size: size ?? offset });
  else await receive(run, uploads, { id, offset, size, epoch: before.epoch });
  const row = await foundUpload(run, uploads);
  const isTold = asksToken(run) && row.state === "verified";
  const token = isTold ? await uploads.renewToken(id) : undefined;
  return answer(204, row, token === undefined ? {} : { "upload-token": token });
}

// A client that has only kept where its upload is, as most do, has lost the token that came with the creation.
function asksToken({ request }: OperationRun): boolean {
  return request.headers["upload-token"] === "renew";
}

interface Piece {
  readonly id: string;
  readonly offset: number;
  readonly size: number | undefined;
  /** Of the upload when the request was let in. */
  readonly epoch: number;
  /** Does the client know where it is? Default true. */
  readonly isKnown?: boolean;
}

/** What came before a failure counts, unless it was to be held against a digest. */
async function receive(run: OperationRun, uploads: Resumables, piece: Piece): Promise<void> {
  const { headers } = run.request;
  const checksum = expectTusChecksum(run.request);
  const body = verifyDigest(run.request.body, headers);
  const whole = checksum.isExpected || body !== run.request.body;
  const writer = await uploads.append(piece.id, run.principal, { ...piece, whole });
  const pump = async (): Promise<void> => {
    if (!body.present) return;
    await body.pump((chunk) => {
      checksum.update(chunk);
      return writer.write(chunk);
    }, run.limits);
  };
  await fed(writer, async () => {
    await Promise.race([pump(), writer.superseded]);
    checksum.verify();
  });
}

/** There is nothing that more octets could be added to, and nothing else that they could be. */
async function receiveNothing(
  run: OperationRun,
  { offset, size }: { offset: number; size: number },
): Promise<void> {
  if (size !== offset) throw otherSize();
  const checksum = expectTusChecksum(run.request);
  const body = verifyDigest(run.request.body, run.request.headers);
  const write = async (chunk: Uint8Array): Promise<void> => {
    if (chunk.length > 0) throw pastEnd(offset);
  };
  if (body.present) await body.pump(write, run.limits);
  checksum.verify();
}

async function fed(writer: Appending, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    await writer.stop();
    throw error;
  }
  await writer.end();
}

async function foundUpload(
  run: OperationRun,
  uploads: Resumables,
  how: "find" | "locate" = "find",
): Promise<ResumableUpload> {
  const id = uploadId(run);
  let row = await uploads[how](id, run.principal);
  // All octets are not all here: what they are for is still to be carried out, and tus has no word for it.
  if (row && (row.target !== null || row.direct !== null)) throw otherProtocol();
  if (row?.state === "receiving" && row.received === row.size) {
    // By another protocol, which has its own word for the end: here the offset is that.
    const { received: offset } = row;
    const rest = { offset, size: undefined, whole: false, completes: true };
    await (await uploads.append(id, run.principal, rest)).end();
    row = await uploads[how](id, run.principal);
  }
  if (!row) throw noUpload();
  if (row.isOver) throw ended();
  return row;
}

function answer(
  status: number,
  row: ResumableUpload,
  headers: Record<string, string> = {},
): HttpResponse {
  return {
    status,
    headers: {
      ...tusHeaders,
      // What was to be made of others, and was not, has none.
      ...(row.role === "joined" && !row.isWhole ? {} : { "upload-offset": String(row.received) }),
      ...(row.state === "attached" ? {} : { "upload-expires": formatHttpDate(row.expiresAt) }),
      "cache-control": "no-store",
      ...headers,
    },
  };
}

export function checkVersion({ request }: OperationRun): void {
  const said = request.headers["tus-resumable"];
  if (said === version) return;
  const detail = `The header Tus-Resumable must be ${version}, not ${JSON.stringify(said ?? "")}.`;
  throw new WaybillError({ code: "precondition-failed", detail });
}

/** Null where it is deferred. */
function lengthOf({ request }: OperationRun, uploads: Resumables): number | null {
  const { "upload-length": said, "upload-defer-length": deferred } = request.headers;
  if (deferred !== undefined && said === undefined) {
    if (deferred === "1") return null;
    throw malformed("Upload-Defer-Length", "must be 1");
  }
  if (deferred !== undefined) throw malformed("Upload-Length", "is deferred and said as well");
  const size = countOf("Upload-Length", said);
  checkSize(size, uploads);
  return size;
}

// tus 1.0 "Concatenation": its length is that of its parts.
function refuseContent({ request }: OperationRun): void {
  const { headers, body } = request;
  const said = ["Upload-Length", "Upload-Defer-Length"].find(
    (name) => headers[name.toLowerCase()] !== undefined,
  );
  if (said !== undefined) throw malformed(said, "has no place where uploads are made one");
  if (body.present && headers["content-type"] === octets)
    throw malformed("Upload-Concat", "with a final upload allows no content");
}

function checkSize(size: number | undefined, { bytesMax }: Resumables): void {
  if (size === undefined || (size <= bytesMax && size < countMax)) return;
  throw fileTooLarge({ bytesMax });
}

/** Stands for itself and all beyond, where integers can no longer be told apart: more than any upload has. */
const countMax = Number.MAX_SAFE_INTEGER;

function countOf(name: string, said: string | undefined): number {
  if (said !== undefined && /^\d+$/.test(said)) return Math.min(Number(said), countMax);
  throw malformed(name, said === undefined ? "is missing" : "must be a whole number");
}

function malformed(name: string, what: string): WaybillError {
  return new WaybillError({ code: "malformed-header", detail: `The header ${name} ${what}.` });
}

function wrongType(): WaybillError {
  const detail = `The Content-Type must be ${octets}.`;
  return new WaybillError({ code: "unsupported-media-type", detail });
}
