import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createByteDecoder } from "./byte-decoder.js";
import { createByteEncoder } from "./byte-encoder.js";
import { parseContentEncoding } from "./content-encoding.js";
import type { ContentEncoding } from "./content-encoding.js";
import { decodePieces, encodePieces, latin1 } from "./byte-codec.cases.js";
import { everyCut } from "./every-cut.cases.js";
import { isInAlphabet } from "./is-in-alphabet.js";

// RFC 4648 §10; base64url is not in it and goes without padding.
const inputs = ["", "f", "fo", "foo", "foob", "fooba", "foobar"];
const vectors: Partial<Record<ContentEncoding, readonly string[]>> = {
  base64: ["", "Zg==", "Zm8=", "Zm9v", "Zm9vYg==", "Zm9vYmE=", "Zm9vYmFy"],
  base64url: ["", "Zg", "Zm8", "Zm9v", "Zm9vYg", "Zm9vYmE", "Zm9vYmFy"],
  base32: ["", "MY======", "MZXQ====", "MZXW6===", "MZXW6YQ=", "MZXW6YTB", "MZXW6YTBOI======"],
  base32hex: ["", "CO======", "CPNG====", "CPNMU===", "CPNMUOG=", "CPNMUOJ1", "CPNMUOJ1E8======"],
  base16: ["", "66", "666F", "666F6F", "666F6F62", "666F6F6261", "666F6F626172"],
  // RFC 2045 §6.7, and its rules one by one.
  identity: inputs,
};

describe("the vectors of RFC 4648 §10, both ways, at every cut", () => {
  for (const [name, texts] of Object.entries(vectors)) {
    const encoding = parseContentEncoding(name) ?? "identity";
    for (const [i, text] of texts.entries()) {
      const octets = latin1(inputs[i] ?? "");
      it(`${name} ${JSON.stringify(text)}`, () => {
        for (const pieces of everyCut(latin1(text)))
          expect(decodePieces(createByteDecoder(encoding), pieces)).toEqual(octets);
        for (const pieces of everyCut(octets))
          expect(encodePieces(createByteEncoder(encoding), pieces)).toBe(text);
      });
    }
  }
});

const all: readonly ContentEncoding[] = [
  "base64",
  "base64url",
  "base32",
  "base32hex",
  "base16",
  "quoted-printable",
  "identity",
];

describe("what is encoded comes back, at random cuts, short and long", () => {
  for (const encoding of all) {
    it(encoding, () => {
      const input = fc.tuple(
        fc.uint8Array({ maxLength: 1500, size: "max" }),
        fc.array(fc.integer({ min: 1, max: 700 }), { minLength: 1, maxLength: 5 }),
      );
      fc.assert(
        fc.property(input, ([octets, sizes]) => {
          const text = encodePieces(createByteEncoder(encoding), cut(octets, sizes));
          expect(text).toBe(encodePieces(createByteEncoder(encoding), [octets]));
          const decoder = createByteDecoder(encoding);
          expect(decodePieces(decoder, cut(latin1(text), sizes))).toEqual(octets);
        }),
        { numRuns: 30 },
      );
    });
  }
});

function cut(octets: Uint8Array, sizes: readonly number[]): Uint8Array[] {
  const pieces: Uint8Array[] = [];
  let at = 0;
  for (let i = 0; at < octets.length; i++) {
    const size = sizes[i % sizes.length] ?? 1;
    pieces.push(octets.subarray(at, at + size));
    at += size;
  }
  return pieces;
}

it("encodes as the platform does", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 1000, size: "max" }), (octets) => {
      for (const encoding of ["base64", "base64url"] as const) {
        const want = Buffer.from(octets).toString(encoding);
        expect(encodePieces(createByteEncoder(encoding), [octets])).toBe(want);
      }
    }),
    { numRuns: 100 },
  );
});

describe("names of encodings (J-16)", () => {
  for (const [given, want] of [
    ["BASE64", "base64"],
    ["Base64Url", "base64url"],
    ["Quoted-Printable", "quoted-printable"],
    ["7bit", "identity"],
    ["8BIT", "identity"],
    ["binary", "identity"],
    ["identity", "identity"],
    ["gzip", undefined],
    ["", undefined],
    ["constructor", undefined],
  ] as const)
    it(JSON.stringify(given), () => expect(parseContentEncoding(given)).toBe(want));
});

describe("is it text of that encoding?", () => {
  for (const [encoding, text, want] of [
    ["base64", "Zm9v+/==", true],
    ["base64", "Zm9v-_", false],
    ["base64", "Zm9v\r\n", false],
    ["base64", "\x89PNG", false],
    ["base64", "", true],
    ["base64url", "Zm9v-_", true],
    ["base64url", "Zm9v+", false],
    ["base32", "MZXW6===", true],
    ["base32", "mzxw6", false],
    ["base32hex", "CPNMU===", true],
    ["base32hex", "W", false],
    ["base16", "66aF", true],
    ["base16", "66=", false],
    ["quoted-printable", "a =3D\tb\r\n", true],
    ["quoted-printable", "\xff\xd8", false],
    ["identity", "\xff\xd8", true],
  ] as const)
    it(`${encoding} ${JSON.stringify(text)}`, () =>
      expect(isInAlphabet(encoding, latin1(text))).toBe(want));
});
