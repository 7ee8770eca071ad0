// Short ways to run the decoders over a body that comes in pieces, for tests that look at the result alone.
import { createHash } from "node:crypto";
import { essenceOf, parseMediaType } from "../../src/base/media-type.js";
import { defaultLimits } from "../../src/base/limits.js";
import { createByteDecoder } from "../../src/codec/encoding/byte-decoder.js";
import { parseContentEncoding } from "../../src/codec/encoding/content-encoding.js";
import { createJsonDecoder } from "../../src/codec/json/json-decoder.js";
import type { JsonSpot } from "../../src/codec/json/json-decoder.js";
import { createMultipartDecoder } from "../../src/codec/multipart/multipart-decoder.js";
import type {
  MultipartDecoderOptions,
  PartHead,
} from "../../src/codec/multipart/multipart-decoder.js";
import { parseBoundary } from "../../src/codec/multipart/parse-boundary.js";
import { createUrlencodedDecoder } from "../../src/codec/urlencoded/urlencoded-decoder.js";

export type Pieces = Iterable<Uint8Array>;

export interface Part {
  readonly head: PartHead;
  readonly data: Uint8Array;
}

export interface Digest {
  readonly size: number;
  readonly sha256: string;
}

export function* cutInto(body: Uint8Array, size: number): Generator<Uint8Array> {
  for (let at = 0; at < body.length; at += size) yield body.subarray(at, at + size);
}

/** 1, 2 and 7 octets at a time, and two pieces at each place. */
export function* allCuts(body: Uint8Array): Generator<Pieces> {
  for (const size of [1, 2, 7]) yield cutInto(body, size);
  for (let at = 1; at < body.length; at++) yield [body.subarray(0, at), body.subarray(at)];
}

export function decodeMultipart(contentType: string, pieces: Pieces): Part[] {
  const media = parseMediaType(contentType);
  if (media === undefined) throw new Error(`no media type: ${contentType}`);
  const parts: { head: PartHead; chunks: Uint8Array[] }[] = [];
  const decoder = createMultipartDecoder({
    boundary: parseBoundary(media),
    subtype: subtypeOf(essenceOf(media)),
    limits: defaultLimits,
    handler: {
      onPart: (head) => parts.push({ head, chunks: [] }),
      onData: (bytes) => parts.at(-1)?.chunks.push(bytes),
      onPartEnd: () => undefined,
    },
  });
  for (const piece of pieces) decoder.write(piece);
  decoder.end();
  return parts.map(({ head, chunks }) => ({ head, data: joined(chunks) }));
}

function joined(chunks: readonly Uint8Array[]): Uint8Array {
  const { buffer, byteOffset, length } = Buffer.concat(chunks);
  return new Uint8Array(buffer, byteOffset, length);
}

function subtypeOf(essence: string): NonNullable<MultipartDecoderOptions["subtype"]> {
  if (essence === "multipart/form-data") return "form-data";
  return essence === "multipart/related" ? "related" : "mixed";
}

/** The content of a part, its Content-Transfer-Encoding undone. */
export function contentOf({ head, data }: Part): Buffer {
  const encoding = parseContentEncoding(head.transferEncoding ?? "identity");
  if (encoding === undefined) throw new Error(`unknown encoding: ${head.transferEncoding}`);
  const decoder = createByteDecoder(encoding, { lineBreaks: true });
  return Buffer.concat([decoder.write(data, 0), decoder.end(data.length)]);
}

export function decodePairs(pieces: Pieces): [name: string, value: string][] {
  const pairs: { name: string; chunks: Uint8Array[] }[] = [];
  const decoder = createUrlencodedDecoder({
    limits: defaultLimits,
    handler: {
      onName(name) {
        pairs.push({ name, chunks: [] });
        return "decoded";
      },
      // A copy: the octets are of a view that may not outlive the call.
      onData: (bytes) => pairs.at(-1)?.chunks.push(bytes.slice()),
      onEnd: () => undefined,
    },
  });
  for (const piece of pieces) decoder.write(piece);
  decoder.end();
  return pairs.map(({ name, chunks }) => [name, Buffer.concat(chunks).toString()]);
}

/** The value, with the digests of the base64 that stands where `spot` says. */
export function decodeJson(pieces: Pieces, spot: JsonSpot = {}): unknown {
  const decoder = createJsonDecoder({
    limits: defaultLimits,
    spot,
    onFile() {
      const base64 = createByteDecoder("base64");
      const chunks: Uint8Array[] = [];
      return {
        write: (bytes, offset) => void chunks.push(base64.write(bytes, offset)),
        end(offset) {
          chunks.push(base64.end(offset));
          return digestOf(Buffer.concat(chunks));
        },
      };
    },
  });
  for (const piece of pieces) decoder.write(piece);
  return decoder.end();
}

export function digestOf(bytes: Uint8Array): Digest {
  return { size: bytes.length, sha256: createHash("sha256").update(bytes).digest("hex") };
}
