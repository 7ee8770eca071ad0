import { expect, it } from "vitest";
import { createByteEncoder } from "./byte-encoder.js";
import { encodedLength } from "./encoded-length.js";

const encodings = ["base64", "base64url", "base32", "base32hex", "base16", "identity"] as const;

it.each(encodings)("tells the length of %s beforehand", (encoding) => {
  for (let size = 0; size < 12; size++) {
    const encoder = createByteEncoder(encoding);
    const written = encoder.write(new Uint8Array(size)).length + encoder.end().length;
    expect(encodedLength(encoding, size)).toBe(written);
  }
});

it("does not know that of quoted-printable", () => {
  expect(encodedLength("quoted-printable", 1)).toBeUndefined();
});
