// application/x-www-form-urlencoded as WHATWG serializes it (URL §5.2), piece by piece, so that values may be
// of any size. Must not know schemas: what a value is as text is the caller's to say.
import { eachChunk } from "../encoding/each-chunk.js";
import type { OctetSource } from "../multipart/octet-source.js";
import { percentEncode } from "./percent-encode.js";

/** Encodes pairs one after the other; each method gives the ASCII octets that come next, possibly none. */
export interface UrlencodedEncoder {
  /** Begins a pair. */
  name(name: string): Uint8Array;
  /** A piece of its value; UTF-8 where it is text. A character must not be cut in two strings. */
  value(piece: string | Uint8Array): Uint8Array;
}

export function createUrlencodedEncoder(): UrlencodedEncoder {
  const utf8 = new TextEncoder();
  let isFirst = true;
  return {
    name(name) {
      const escaped = percentEncode(utf8.encode(name));
      const lead = isFirst ? 0 : 1;
      const octets = new Uint8Array(lead + escaped.length + 1);
      if (!isFirst) octets[0] = AMPERSAND;
      isFirst = false;
      octets.set(escaped, lead);
      octets[octets.length - 1] = EQUALS;
      return octets;
    },
    value: (piece) => percentEncode(typeof piece === "string" ? utf8.encode(piece) : piece),
  };
}

const AMPERSAND = 0x26;
const EQUALS = 0x3d;

/** A name and its value, which may be a stream. */
export type UrlencodedPair = readonly [name: string, value: string | Uint8Array | OctetSource];

/** The body of these pairs, in their order. Streams are read as the body is, one at a time, and closed with it. */
export async function* encodeUrlencoded(
  pairs: Iterable<UrlencodedPair> | AsyncIterable<UrlencodedPair>,
): AsyncGenerator<Uint8Array, void, undefined> {
  const encoder = createUrlencodedEncoder();
  for await (const [name, value] of pairs) {
    yield encoder.name(name);
    for await (const piece of piecesOf(value)) {
      if (piece.length > 0) yield encoder.value(piece);
    }
  }
}

function piecesOf(
  value: UrlencodedPair[1],
): Iterable<string | Uint8Array> | AsyncIterable<Uint8Array> {
  return typeof value === "string" || value instanceof Uint8Array ? [value] : eachChunk(value);
}
