// Uploads to the fake by the JSON API: in one request with metadata, and resumable ones, whose session needs no token.
import type { Session } from "./gcs-objects.js";
import { conditionsOf, resourceOf } from "./gcs-json.js";
import { Refusal } from "./gcs-refusal.js";
import { splitMultipart } from "./gcs-multipart.js";
import { bodyOf, sendJson, type GcsRequest } from "./gcs-request.js";

/** What a piece that is not the last one has to be a multiple of. */
const unitBytes = 262_144;

export async function answerUpload(request: GcsRequest): Promise<void> {
  const { method, url } = request;
  const id = url.searchParams.get("upload_id");
  if (id !== null) return answerSession(request, id);
  request.authorize();
  if (method !== "POST") throw new Refusal(405, "methodNotAllowed", "Method Not Allowed");
  const bucket = decodeURIComponent(url.pathname.split("/")[5] ?? "");
  const kind = url.searchParams.get("uploadType");
  if (kind === "multipart") return takeMultipart(request, bucket);
  if (kind === "resumable") return begin(request, bucket);
  throw new Refusal(400, "invalid", `There is no uploadType ${kind}.`);
}

interface Metadata {
  readonly name?: string;
  readonly contentType?: string;
  readonly crc32c?: string;
  readonly md5Hash?: string;
}

async function takeMultipart(request: GcsRequest, bucket: string): Promise<void> {
  const [first, second, ...others] = splitMultipart(request, await bodyOf(request));
  if (!first || !second || others.length > 0)
    throw new Refusal(400, "invalid", "Malformed multipart body.");
  const metadata: Metadata = JSON.parse(first.bytes.toString());
  const name = request.url.searchParams.get("name") ?? metadata.name;
  if (!name) throw new Refusal(400, "required", "Required");
  const { contentType = second.headers["content-type"], crc32c, md5Hash } = metadata;
  const checks = { contentType, crc32c, md5Hash, ...conditionsOf(request.url) };
  const object = request.objects.put({ bucket, name, bytes: second.bytes, ...checks });
  sendJson(request, 200, resourceOf(object));
}

async function begin(request: GcsRequest, bucket: string): Promise<void> {
  const text = String(await bodyOf(request));
  const metadata: Metadata = text === "" ? {} : JSON.parse(text);
  const name = request.url.searchParams.get("name") ?? metadata.name;
  if (!name) throw new Refusal(400, "required", "Required");
  const length = request.headers["x-upload-content-length"];
  const { contentType = request.headers["x-upload-content-type"] } = metadata;
  const { id } = request.objects.begin({
    bucket,
    name,
    contentType,
    size: length === undefined ? undefined : Number(length),
    ...conditionsOf(request.url),
  });
  const location = new URL(request.url.pathname, request.url);
  location.search = String(new URLSearchParams({ uploadType: "resumable", name, upload_id: id }));
  request.response.writeHead(200, { location: location.href, "content-length": 0 }).end();
}

async function answerSession(request: GcsRequest, id: string): Promise<void> {
  const session = request.objects.session(id);
  if (request.method === "DELETE") {
    session.isCancelled = session.object === undefined;
    request.response.writeHead(499, { "content-length": 0 }).end();
    return;
  }
  if (request.method !== "PUT") throw new Refusal(405, "methodNotAllowed", "Method Not Allowed");
  if (session.object) {
    await bodyOf(request);
    return sendJson(request, 200, resourceOf(session.object));
  }
  const range = parseRange(request.headers["content-range"], request.headers["content-length"]);
  if (range.start === undefined) return tellOffset(request, session);
  await takePiece(request, session, range);
}

interface Range {
  /** Undefined where the client only asks. */
  readonly start: number | undefined;
  /** Undefined where it is not said: until the end of the body. */
  readonly end: number | undefined;
  readonly total: number | undefined;
}

function parseRange(field: string | undefined, length: string | undefined): Range {
  if (field === undefined) {
    const total = Number(length);
    if (!Number.isInteger(total)) throw new Refusal(411, "required", "Length Required");
    return { start: 0, end: undefined, total };
  }
  const asked = /^bytes \*\/(\d+|\*)$/.exec(field);
  // Of no octets at all there is no other way to say that they end (RFC 9110 §14.4).
  if (asked)
    return asked[1] === "0"
      ? { start: 0, end: -1, total: 0 }
      : { start: undefined, end: undefined, total: undefined };
  const [, first, last, total] = /^bytes (\d+)-(\d+|\*)\/(\d+|\*)$/.exec(field) ?? [];
  // What the SDK says of an upload of no octets.
  if (/^bytes 0--1\/0$/.test(field)) return { start: 0, end: -1, total: 0 };
  if (first === undefined)
    throw new Refusal(400, "badRequest", "Failed to parse Content-Range header.");
  return {
    start: Number(first),
    end: last === "*" ? undefined : Number(last),
    total: total === "*" ? undefined : Number(total),
  };
}

function tellOffset({ response }: GcsRequest, session: Session): void {
  const range = session.received === 0 ? {} : { range: `bytes=0-${session.received - 1}` };
  response.writeHead(308, "Resume Incomplete", { ...range, "content-length": 0 }).end();
}

async function takePiece(request: GcsRequest, session: Session, range: Range): Promise<void> {
  const { start = 0, end, total } = range;
  if (start !== session.received)
    throw invalid(`The upload has ${session.received} octets; the piece begins at ${start}.`);
  if (total !== undefined && session.size !== undefined && total !== session.size)
    throw invalid(
      `According to the Content-Range header, the final size of the upload is ${total} byte(s). This does not match the expected size of ${session.size} byte(s), which was specified in an earlier request.`,
    );
  const isLast = total !== undefined && (end === undefined || end === total - 1);
  const wanted = end === undefined ? undefined : end - start + 1;
  if (!isLast && wanted !== undefined && wanted % unitBytes !== 0)
    throw invalid("A piece that is not the last one is a multiple of 262144 octets.");
  const bytes = await pieceOf(request, session);
  if (wanted !== undefined && bytes.length !== wanted)
    throw invalid("The Content-Range header and the body differ in length.");
  if (isLast && start + bytes.length !== total)
    throw invalid("The body ends before the upload does.");
  session.chunks.push(bytes);
  session.received += bytes.length;
  if (!isLast) return tellOffset(request, session);
  session.object = request.objects.put({ ...session, bytes: Buffer.concat(session.chunks) });
  session.chunks.length = 0;
  sendJson(request, 200, resourceOf(session.object));
}

/** Where the connection breaks off, whole units of what has come stay. */
async function pieceOf(request: GcsRequest, session: Session): Promise<Buffer> {
  const chunks: Buffer[] = [];
  try {
    for await (const chunk of request.message) chunks.push(chunk);
  } catch (error) {
    const bytes = Buffer.concat(chunks);
    const kept = bytes.subarray(0, bytes.length - (bytes.length % unitBytes));
    session.chunks.push(kept);
    session.received += kept.length;
    throw error;
  }
  return Buffer.concat(chunks);
}

function invalid(detail: string): Refusal {
  return new Refusal(400, "badRequest", `Invalid request. ${detail}`);
}
