// A guess at whether octets are encoded text, for a raw file's first bytes.
import type { ContentEncoding } from "./content-encoding.js";
import { radixes } from "./radix.js";

/**
 * Could these octets be text of that encoding? Padding counts to the alphabet, white space does not, except in
 * quoted-printable. `identity` takes anything, and so does every encoding no octets at all.
 */
export function isInAlphabet(encoding: ContentEncoding, bytes: Uint8Array): boolean {
  if (encoding === "identity") return true;
  if (encoding === "quoted-printable") return bytes.every(isQuotedPrintable);
  const { values, padded } = radixes[encoding];
  return bytes.every((byte) => (values[byte] ?? -1) >= 0 || (padded && byte === 0x3d));
}

function isQuotedPrintable(byte: number): boolean {
  return (byte >= 0x20 && byte < 0x7f) || byte === 0x09 || byte === 0x0a || byte === 0x0d;
}
