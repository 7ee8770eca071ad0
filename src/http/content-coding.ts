// The content codings that requests may use (RFC 9110 §8.4.1), as streams of node:zlib.
import * as zlib from "node:zlib";
import type { Transform } from "node:stream";

/** A decoder; `bytesWritten` is what it has consumed so far. */
export type Inflater = Transform & { readonly bytesWritten: number };

export interface ContentCoding {
  /** `head` is the first octets of the body, two unless it is shorter. */
  open(head: Uint8Array): Inflater;
}

const options = { chunkSize: 64 * 1024 };
const gzip: ContentCoding = { open: () => zlib.createGunzip(options) };
const deflate: ContentCoding = {
  // RFC 9110 §8.4.1.2: "deflate" is the zlib format, but some senders leave its wrapper out.
  open: (head) =>
    hasZlibHeader(head) ? zlib.createInflate(options) : zlib.createInflateRaw(options),
};
const brotli: ContentCoding = { open: () => zlib.createBrotliDecompress(options) };
const zstd = findZstd();

/** By lower-case name, the ones to be advertised first. `identity` is not among them. */
export const contentCodings: ReadonlyMap<string, ContentCoding> = new Map([
  ["gzip", gzip],
  ["deflate", deflate],
  ["br", brotli],
  ...(zstd ? [["zstd", zstd] as const] : []),
  // RFC 9110 §8.4.1.3: the same as gzip.
  ["x-gzip", gzip],
]);

// RFC 1950 §2.2: method 8, and a check that makes both octets a multiple of 31.
function hasZlibHeader(head: Uint8Array): boolean {
  const [method = 0, flags = 0] = head;
  return (method & 0x0f) === 8 && (method * 256 + flags) % 31 === 0;
}

// In node:zlib since 22.15 and 23.8 only.
function findZstd(): ContentCoding | undefined {
  const create: unknown = Reflect.get(zlib, "createZstdDecompress");
  if (typeof create !== "function") return undefined;
  // RFC 9659 §3: no window above 8 MiB, and so no more memory for one request.
  const windowLogMax: unknown = Reflect.get(zlib.constants, "ZSTD_d_windowLogMax");
  const params = { [String(windowLogMax)]: 23 };
  return { open: () => create({ ...options, params }) };
}
