import { describe, expect, it } from "vitest";
import { WaybillError } from "../../base/fault.js";
import { decodePieces, latin1 } from "./byte-codec.cases.js";
import { createByteDecoder } from "./byte-decoder.js";
import type { DecodingPolicy } from "./byte-decoder.js";
import type { ContentEncoding } from "./content-encoding.js";
import { everyCut } from "./every-cut.cases.js";
import { createFastQuantaDecoder, createQuantaDecoder } from "./base64-quanta.js";

const long = "Zm9v".repeat(70);

interface Case {
  readonly encoding: ContentEncoding;
  readonly policy?: DecodingPolicy;
  readonly given: string;
  /** The decoded text, or the offset of the fault. */
  readonly want: string | number;
}

const loose: DecodingPolicy = { lineBreaks: true };
const strict: DecodingPolicy = { canonical: true };

const cases: readonly Case[] = [
  // J-11: characters outside the alphabet
  { encoding: "base64", given: "Zm9v\nYmFy", want: 4 },
  { encoding: "base64", given: "Zm9v YmFy", want: 4 },
  { encoding: "base64", given: "Zm9%YmFy", want: 3 },
  { encoding: "base64", given: "Zm9-YmFy", want: 3 },
  { encoding: "base64", given: "Zm9\xe9YmFy", want: 3 },
  { encoding: "base64url", given: "-_-_", want: "\xfb\xff\xbf" },
  { encoding: "base64url", given: "-_+_", want: 2 },
  { encoding: "base64", given: "+/+/", want: "\xfb\xff\xbf" },
  ...["%", "-", "_", "\n", "\x00", "\xff", "."].map((alien): Case => ({
    encoding: "base64",
    given: `${long}${alien}${long}`,
    want: 280,
  })),
  ...["+", "/"].map((alien): Case => ({
    encoding: "base64url",
    given: `${long}${alien}${long}`,
    want: 280,
  })),
  { encoding: "base64", given: `${long}Zg==${long}`, want: 284 },
  { encoding: "base64", given: `${long}=${long}`, want: 280 },
  { encoding: "base64", given: `${long}Zg==`, want: `${"foo".repeat(70)}f` },
  // line breaks, as MIME has them
  { encoding: "base64", policy: loose, given: "Zm9v\r\n YmFy\t\n", want: "foobar" },
  { encoding: "base64", policy: loose, given: "Z\nm\n8\n=\n", want: "fo" },
  { encoding: "base64", policy: loose, given: "Zg=\r\n=\r\n", want: "f" },
  { encoding: "base64", policy: loose, given: "Zg==\r\nZg==", want: 6 },
  { encoding: "base64", policy: loose, given: "Zm9v\x0bYmFy", want: 4 },
  { encoding: "base32", policy: loose, given: "MZXW\r\n6===", want: "foo" },
  // J-12: padding
  { encoding: "base64", given: "Zg", want: 2 },
  { encoding: "base64", given: "Zg=", want: 3 },
  { encoding: "base64", given: "Z", want: 1 },
  { encoding: "base64", given: "Z===", want: 1 },
  { encoding: "base64", given: "Zg===", want: 4 },
  { encoding: "base64", given: "Zm9v=", want: 4 },
  { encoding: "base64", given: "=", want: 0 },
  { encoding: "base64", given: "Zg=v", want: 3 },
  { encoding: "base64", policy: { padding: "optional" }, given: "Zg", want: "f" },
  { encoding: "base64", policy: { padding: "optional" }, given: "Zg==", want: "f" },
  { encoding: "base64", policy: { padding: "optional" }, given: "Zg=", want: 3 },
  { encoding: "base64", policy: { padding: "optional" }, given: "Zm9vY", want: 5 },
  { encoding: "base64", policy: { padding: "forbidden" }, given: "Zg==", want: 2 },
  { encoding: "base64", policy: { padding: "forbidden" }, given: "Zg", want: "f" },
  { encoding: "base64url", given: "Zg", want: "f" },
  { encoding: "base64url", given: "Zg==", want: "f" },
  { encoding: "base64url", policy: { padding: "required" }, given: "Zg", want: 2 },
  { encoding: "base32", given: "MY", want: 2 },
  { encoding: "base32", given: "MYX=====", want: 3 },
  { encoding: "base32", given: "M=======", want: 1 },
  { encoding: "base32", given: "MZXW6Y==", want: 6 },
  { encoding: "base32", policy: { padding: "optional" }, given: "MZXW6", want: "foo" },
  { encoding: "base32", policy: { padding: "optional" }, given: "MZXW6Y", want: 6 },
  // J-13: pad bits
  { encoding: "base64", given: "Zh==", want: "f" },
  { encoding: "base64", policy: strict, given: "Zh==", want: 2 },
  { encoding: "base64", policy: strict, given: "Zg==", want: "f" },
  { encoding: "base64", policy: strict, given: "Zm9vZm9=", want: 7 },
  { encoding: "base64url", policy: strict, given: "Zh", want: 2 },
  { encoding: "base32", policy: strict, given: "MZ======", want: 2 },
  // J-14: case
  { encoding: "base16", given: "666f6F", want: "foo" },
  { encoding: "base16", given: "6", want: 1 },
  { encoding: "base16", given: "6g", want: 1 },
  { encoding: "base16", given: "66==", want: 2 },
  { encoding: "base32", given: "mzxw6===", want: 0 },
  // J-15: quoted-printable
  { encoding: "quoted-printable", given: "a=3Db=\r\nc", want: "a=bc" },
  { encoding: "quoted-printable", given: "caf=C3=A9", want: "caf\xc3\xa9" },
  { encoding: "quoted-printable", given: "a=\nb", want: "ab" },
  { encoding: "quoted-printable", given: "a= \t\r\nb", want: "ab" },
  { encoding: "quoted-printable", given: "a \t\r\n b\r\n", want: "a\r\n b\r\n" },
  { encoding: "quoted-printable", given: "a \nb", want: "a\nb" },
  { encoding: "quoted-printable", given: "a b =20\r\n", want: "a b  \r\n" },
  { encoding: "quoted-printable", given: "a  ", want: "a" },
  { encoding: "quoted-printable", given: "a=", want: "a" },
  { encoding: "quoted-printable", given: "=3d", want: "=" },
  { encoding: "quoted-printable", given: "a=3", want: 3 },
  { encoding: "quoted-printable", given: "a=XY", want: 2 },
  { encoding: "quoted-printable", given: "a=3Y", want: 3 },
  { encoding: "quoted-printable", given: "a= b", want: 3 },
  { encoding: "quoted-printable", given: "a=\rb", want: 2 },
  { encoding: "quoted-printable", given: "a\rb", want: 1 },
  { encoding: "quoted-printable", given: "a\r", want: 2 },
  { encoding: "quoted-printable", given: "a\xe9", want: 1 },
  { encoding: "quoted-printable", given: "a\x00", want: 1 },
  { encoding: "quoted-printable", given: `a${" ".repeat(999)}b`, want: 999 },
  { encoding: "quoted-printable", policy: strict, given: "=3d", want: 2 },
  { encoding: "quoted-printable", policy: strict, given: "a\n", want: 1 },
  { encoding: "quoted-printable", policy: strict, given: "a=", want: 2 },
];

describe("text, or the offset of its fault, at every cut", () => {
  for (const { encoding, policy, given, want } of cases) {
    it(`${encoding} ${JSON.stringify(policy ?? {})} ${JSON.stringify(given.slice(0, 30))}`, () => {
      for (const pieces of everyCut(latin1(given))) {
        const decode = (): Uint8Array =>
          decodePieces(createByteDecoder(encoding, policy), pieces, 1000);
        if (typeof want === "string") expect(decode()).toEqual(latin1(want));
        else expect(faultOf(decode)).toEqual({ code: "malformed-encoding", offset: 1000 + want });
      }
    });
  }
});

function faultOf(work: () => unknown): unknown {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof WaybillError)) throw error;
    const { code, offset } = error.faults[0];
    return { code, offset };
  }
}

it("is dead after its first error", () => {
  const decoder = createByteDecoder("base64");
  expect(() => decoder.write(latin1("%"), 7)).toThrow('"%" is no character of base64.');
  expect(faultOf(() => decoder.write(latin1("Zm9v"), 8))).toMatchObject({ offset: 7 });
  expect(faultOf(() => decoder.end(12))).toMatchObject({ offset: 7 });
});

it("finds the same group at fault natively and by table", () => {
  for (const name of ["base64", "base64url"] as const) {
    for (let size = 250; size < 266; size++) {
      for (const [at, byte] of [[0, 0x2d] as const, [size >> 1, 0x3d] as const, [-1, 0] as const]) {
        const bytes = new Uint8Array(size).fill(0x5a);
        if (at >= 0) bytes[at] = byte;
        const results = [createQuantaDecoder(name), createFastQuantaDecoder(name)].map((decode) => {
          const out = new Uint8Array(size);
          const taken = decode(bytes, 1, size, out, 2);
          return { taken, octets: out.subarray(0, 2 + (taken / 4) * 3) };
        });
        expect(results[1]).toEqual(results[0]);
      }
    }
  }
});
