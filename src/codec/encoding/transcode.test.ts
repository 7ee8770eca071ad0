import { expect, it } from "vitest";
import { latin1 } from "./byte-codec.cases.js";
import type { DecodingPolicy } from "./byte-decoder.js";
import type { ContentEncoding } from "./content-encoding.js";
import { everyCut } from "./every-cut.cases.js";
import { decodeOctets, encodeOctets } from "./transcode.js";

async function* from(pieces: Iterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  yield* pieces;
}

async function gather(source: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const octets: number[] = [];
  for await (const piece of source) {
    expect(piece.length).toBeGreaterThan(0);
    octets.push(...piece);
  }
  return Uint8Array.from(octets);
}

it("encodes and decodes streams, at every cut", async () => {
  const cases: [ContentEncoding, string, string][] = [
    ["base64", "foobarf", "Zm9vYmFyZg=="],
    ["base32", "foob", "MZXW6YQ="],
    ["base16", "foo", "666F6F"],
    ["quoted-printable", "a=b \r\n", "a=3Db=20\r\n"],
    ["identity", "foo", "foo"],
    ["base64", "", ""],
  ];
  for (const [encoding, octets, text] of cases) {
    for (const pieces of everyCut(latin1(octets)))
      expect(await gather(encodeOctets(from(pieces), encoding))).toEqual(latin1(text));
    for (const pieces of everyCut(latin1(text)))
      expect(await gather(decodeOctets(from(pieces), encoding))).toEqual(latin1(octets));
  }
});

function decodeLines(policy: DecodingPolicy): Promise<Uint8Array> {
  return gather(decodeOctets(from([latin1("Zm9v\r"), latin1("\nYg==")]), "base64", policy));
}

it("tells the octet at fault, by the policy", async () => {
  await expect(decodeLines({})).rejects.toMatchObject({ faults: [{ offset: 4 }] });
  expect(await decodeLines({ lineBreaks: true })).toEqual(latin1("foob"));
});

it("closes its source when nobody reads on", async () => {
  let closed = false;
  async function* endless(): AsyncGenerator<Uint8Array> {
    try {
      for (;;) yield latin1("abc");
    } finally {
      closed = true;
    }
  }
  for await (const piece of encodeOctets(endless(), "base64")) if (piece.length > 0) break;
  expect(closed).toBe(true);
});
