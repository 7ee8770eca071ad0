// Octets as `contentEncoding` text, as a stream. The one door to all encoders.
import type { ContentEncoding } from "./content-encoding.js";
import { QuotedPrintableEncoder } from "./quoted-printable-encoder.js";
import { RadixEncoder } from "./radix-encoder.js";

/** Encodes octets that come in pieces; the text does not depend on where they are cut. */
export interface ByteEncoder {
  /** ASCII octets, possibly none; with `identity`, the argument itself. */
  write(bytes: Uint8Array): Uint8Array;
  /** What is left, with padding; base64url goes without (RFC 4648 §3.2, as is the custom in URLs). */
  end(): Uint8Array;
}

export function createByteEncoder(encoding: ContentEncoding): ByteEncoder {
  if (encoding === "identity") return identityEncoder;
  if (encoding === "quoted-printable") return new QuotedPrintableEncoder();
  return new RadixEncoder(encoding);
}

const identityEncoder: ByteEncoder = {
  write: (bytes) => bytes,
  end: () => new Uint8Array(0),
};
