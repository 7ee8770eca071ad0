// Answers GET and HEAD of a stored file: conditions, ranges, and headers under which foreign bytes do
// no harm. Knows neither where the bytes are nor what resource they belong to.
import { formatContentRange, isRangeFresh, selectRanges, type ByteRange } from "./byte-ranges.js";
import { byterangesBody } from "./byteranges-body.js";
import { formatContentDisposition } from "./content-disposition.js";
import { formatSha256, takesSha256, wantsSha256 } from "./digest-fields.js";
import type { HttpRequest, HttpResponse } from "./exchange.js";
import { formatHttpDate } from "./http-date.js";
import { isInlineSafe } from "./inline-safe.js";
import { checkPreconditions } from "./preconditions.js";

export interface ServedFile {
  /** Octets. */
  readonly size: number;
  readonly mediaType: string;
  /** A strong one, as its field text: `"…"`. */
  readonly etag: string;
  /** Milliseconds since the Unix epoch. */
  readonly modifiedMs: number;
  readonly filename?: string;
  /** Of all its octets; lower-case hexadecimal. */
  readonly sha256?: string;
  /** Exactly the octets of the range, of the same bytes each time. */
  read(range: ByteRange): AsyncIterable<Uint8Array>;
}

type Headers = Record<string, string>;

/**
 * A 200, 206 (one range, or multipart/byteranges), 304, 412 or 416 for a GET or HEAD. The last two have
 * the headers of their kind and no body: what a problem says is the caller's. Throws `malformed-header`.
 */
export function fileResponse(
  request: Pick<HttpRequest, "method" | "headers">,
  file: ServedFile,
): HttpResponse {
  const validators = validatorHeaders(file);
  const verdict = checkPreconditions(request, file);
  if (verdict === "failed") return { status: 412, headers: validators };
  if (verdict === "not-modified") return { status: 304, headers: validators };

  const digest = digestHeaders(request, file);
  const headers = { ...validators, ...representationHeaders(file), ...digest };
  const { range, "if-range": ifRange } = request.headers;
  // RFC 9110 §14.2: Range means something for GET only.
  const applies = request.method === "GET" && isRangeFresh(ifRange, file);
  const selection = selectRanges(applies ? range : undefined, file.size);
  if (selection.kind === "unsatisfiable") return unsatisfiable(validators, file);
  if (selection.kind === "whole")
    return whole(request.method, { ...headers, ...contentDigest(request, file) }, file);
  const [first, ...more] = selection.ranges;
  return more.length === 0
    ? oneRange(headers, file, first)
    : severalRanges(headers, file, selection.ranges);
}

// RFC 9110 §15.4.5: a 304 has those of them that a 200 would have.
function validatorHeaders(file: ServedFile): Headers {
  return {
    etag: file.etag,
    "last-modified": formatHttpDate(file.modifiedMs),
    // Who may see a file can change: every use asks again, and mostly gets a 304.
    "cache-control": "private, no-cache",
  };
}

/** Whoever is sent it, and wherever from: what is active is not shown in place. */
export function dispositionOf(file: Pick<ServedFile, "mediaType" | "filename">): string {
  const disposition = isInlineSafe(file.mediaType) ? "inline" : "attachment";
  return formatContentDisposition(disposition, file.filename);
}

function representationHeaders(file: ServedFile): Headers {
  return {
    "content-type": file.mediaType,
    "content-disposition": dispositionOf(file),
    "accept-ranges": "bytes",
    "x-content-type-options": "nosniff",
    "content-security-policy": "sandbox; default-src 'none'",
  };
}

// RFC 9530 §3: of the whole representation, also beside a part of it.
function digestHeaders({ headers }: Pick<HttpRequest, "headers">, { sha256 }: ServedFile): Headers {
  if (sha256 === undefined || !takesSha256(headers["want-repr-digest"])) return {};
  return { "repr-digest": formatSha256(sha256) };
}

// RFC 9530 §2: of a whole representation that is sent as it is, the content is the same. Of a part, nobody knows it.
function contentDigest({ headers }: Pick<HttpRequest, "headers">, { sha256 }: ServedFile): Headers {
  if (sha256 === undefined || !wantsSha256(headers["want-content-digest"])) return {};
  return { "content-digest": formatSha256(sha256) };
}

function unsatisfiable(validators: Headers, file: ServedFile): HttpResponse {
  const contentRange = formatContentRange(undefined, file.size);
  return {
    status: 416,
    headers: { ...validators, "accept-ranges": "bytes", "content-range": contentRange },
  };
}

function whole(method: string, headers: Headers, file: ServedFile): HttpResponse {
  const sized = { ...headers, "content-length": String(file.size) };
  if (method === "HEAD") return { status: 200, headers: sized };
  if (file.size === 0) return { status: 200, headers: sized, body: "" };
  return { status: 200, headers: sized, body: file.read({ start: 0, end: file.size }) };
}

function oneRange(headers: Headers, file: ServedFile, range: ByteRange): HttpResponse {
  return {
    status: 206,
    headers: {
      ...headers,
      "content-range": formatContentRange(range, file.size),
      "content-length": String(range.end - range.start),
    },
    body: file.read(range),
  };
}

function severalRanges(
  headers: Headers,
  file: ServedFile,
  ranges: readonly ByteRange[],
): HttpResponse {
  const { boundary, size, body } = byterangesBody(file, ranges);
  return {
    status: 206,
    headers: {
      ...headers,
      "content-type": `multipart/byteranges; boundary=${boundary}`,
      "content-length": String(size),
    },
    body,
  };
}
