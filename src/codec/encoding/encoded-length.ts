// How long a text gets before it is written.
import type { ContentEncoding } from "./content-encoding.js";
import { radixes } from "./radix.js";

/** Characters of `size` octets as `createByteEncoder` writes them; undefined where it depends on the octets. */
export function encodedLength(encoding: ContentEncoding, size: number): number | undefined {
  if (encoding === "identity") return size;
  if (encoding === "quoted-printable") return undefined;
  const { bits, group } = radixes[encoding];
  const characters = Math.ceil((size * 8) / bits);
  return encoding === "base64url" ? characters : Math.ceil(characters / group) * group;
}
