// Streams of octets encoded and decoded on the way: the fronts of the push codecs.
import type { OctetSource } from "../multipart/octet-source.js";
import { createByteDecoder } from "./byte-decoder.js";
import type { DecodingPolicy } from "./byte-decoder.js";
import { createByteEncoder } from "./byte-encoder.js";
import type { ContentEncoding } from "./content-encoding.js";
import { eachChunk } from "./each-chunk.js";

/** The text as ASCII octets, never in empty pieces. */
export async function* encodeOctets(
  source: OctetSource,
  encoding: ContentEncoding,
): AsyncGenerator<Uint8Array, void, undefined> {
  const encoder = createByteEncoder(encoding);
  for await (const chunk of eachChunk(source)) yield* unlessEmpty(encoder.write(chunk));
  yield* unlessEmpty(encoder.end());
}

/** The octets, never in empty pieces. Throws `malformed-encoding`. */
export async function* decodeOctets(
  source: OctetSource,
  encoding: ContentEncoding,
  policy: DecodingPolicy = {},
): AsyncGenerator<Uint8Array, void, undefined> {
  const decoder = createByteDecoder(encoding, policy);
  let offset = 0;
  for await (const chunk of eachChunk(source)) {
    yield* unlessEmpty(decoder.write(chunk, offset));
    offset += chunk.length;
  }
  yield* unlessEmpty(decoder.end(offset));
}

function* unlessEmpty(octets: Uint8Array): Generator<Uint8Array, void, undefined> {
  if (octets.length > 0) yield octets;
}
