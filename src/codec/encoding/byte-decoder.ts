// `contentEncoding` undone, as a stream. The one door to all decoders: alphabets are chosen here.
import type { ContentEncoding } from "./content-encoding.js";
import { createFirstErrorGuard } from "./first-error.js";
import { QuotedPrintableDecoder } from "./quoted-printable-decoder.js";
import { RadixDecoder } from "./radix-decoder.js";

/** Decodes text that comes in pieces. The first error is final: every later call throws it again. */
export interface ByteDecoder {
  /**
   * The decoded octets, possibly none; never overwritten later, though with `identity` they are the argument.
   * `offset` is the absolute octet of `bytes[0]`. Throws `malformed-encoding` with that of the offending octet.
   */
  write(bytes: Uint8Array, offset: number): Uint8Array;
  /** What is left, possibly nothing. `offset` is the absolute octet after the last one. */
  end(offset: number): Uint8Array;
}

/** How strict a decoder is. */
export interface DecodingPolicy {
  /** `=` at the end of base64 and base32: `required` by default, `optional` for base64url. */
  readonly padding?: "required" | "optional" | "forbidden";
  /** Skip CR, LF, space and tab, as MIME has them (RFC 2045 §6.8). Default false. */
  readonly lineBreaks?: boolean;
  /** Refuse all but the one canonical spelling, such as pad bits that are not zero. Default false. */
  readonly canonical?: boolean;
}

export function createByteDecoder(
  encoding: ContentEncoding,
  policy: DecodingPolicy = {},
): ByteDecoder {
  if (encoding === "identity") return identityDecoder;
  const decoder = createBareDecoder(encoding, {
    padding: policy.padding ?? (encoding === "base64url" ? "optional" : "required"),
    lineBreaks: policy.lineBreaks ?? false,
    canonical: policy.canonical ?? false,
  });
  const guard = createFirstErrorGuard();
  return {
    write: (bytes, offset) => guard(() => decoder.write(bytes, offset)),
    end: (offset) => guard(() => decoder.end(offset)),
  };
}

const identityDecoder: ByteDecoder = {
  write: (bytes) => bytes,
  end: () => new Uint8Array(0),
};

function createBareDecoder(
  encoding: Exclude<ContentEncoding, "identity">,
  policy: Required<DecodingPolicy>,
): ByteDecoder {
  if (encoding === "quoted-printable") return new QuotedPrintableDecoder(policy);
  return new RadixDecoder(encoding, policy);
}
