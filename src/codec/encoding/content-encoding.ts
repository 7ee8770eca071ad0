// The names of `contentEncoding` (JSON Schema 2020-12 Validation §8.3) and Content-Transfer-Encoding (RFC 2045 §6).

/** `identity` stands for what leaves octets as they are. */
export type ContentEncoding =
  | "base64"
  | "base64url"
  | "base32"
  | "base32hex"
  | "base16"
  | "quoted-printable"
  | "identity";

const encodings: ReadonlyMap<string, ContentEncoding> = new Map<string, ContentEncoding>([
  ["base64", "base64"],
  ["base64url", "base64url"],
  ["base32", "base32"],
  ["base32hex", "base32hex"],
  ["base16", "base16"],
  ["quoted-printable", "quoted-printable"],
  ["7bit", "identity"],
  ["8bit", "identity"],
  ["binary", "identity"],
  ["identity", "identity"],
]);

/** Names are compared without case; undefined for one that is not known. */
export function parseContentEncoding(value: string): ContentEncoding | undefined {
  return encodings.get(value.trim().toLowerCase());
}
