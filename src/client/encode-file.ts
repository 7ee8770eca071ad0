// A file's octets as a place of a body carries them: as they are, or as text in an encoding of `contentEncoding`.
import { parseContentEncoding, type ContentEncoding } from "../codec/encoding/content-encoding.js";
import { encodedLength } from "../codec/encoding/encoded-length.js";
import { encodeOctets } from "../codec/encoding/transcode.js";
import type { FilePlan } from "../plan/file-plan.js";
import { octetsOf, type KnownFile } from "./file-input.js";

export interface EncodedFile {
  readonly body: KnownFile["content"];
  /** Octets of `body`, where they are known. */
  readonly size: number | undefined;
}

/** Encoded as it is read, however large it is. */
export function encodeFile(
  { content, size }: KnownFile,
  plan: Pick<FilePlan, "encoding"> | undefined,
): EncodedFile {
  const encoding = encodingOf(plan);
  if (encoding === "identity") return { body: content, size };
  return {
    body: { [Symbol.asyncIterator]: () => encodeOctets(octetsOf(content), encoding) },
    size: size === undefined ? undefined : encodedLength(encoding, size),
  };
}

function encodingOf(plan: Pick<FilePlan, "encoding"> | undefined): ContentEncoding {
  if (plan?.encoding === undefined) return "identity";
  return parseContentEncoding(plan.encoding) ?? "base64";
}
