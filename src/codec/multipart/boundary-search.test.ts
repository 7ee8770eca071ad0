import * as fc from "fast-check";
import { expect, it } from "vitest";
import { BoundarySearch } from "./boundary-search.js";
import { ChunkWords } from "./standing-text.js";
import { readLatin1, readLatin1Portably } from "./latin1.js";

const octets = fc.array(fc.constantFrom("\r", "\n", "-", "a", "b", "\r\n--", "\r\n--abab"), {
  maxLength: 200,
});

for (const [where, native] of [
  ["natively", undefined],
  ["without a native search", null],
] as const) {
  it(`finds what indexOf finds, ${where}`, () => {
    fc.assert(
      fc.property(octets, fc.constantFrom("a", "abab", "a".repeat(70)), (pieces, boundary) => {
        const needle = Buffer.from(`\r\n--${boundary}`);
        const chunk = Buffer.from(pieces.join(""));
        // One search for all, so that it runs out of steps and goes native in the middle.
        const search = native === null ? portable(needle) : new BoundarySearch(needle);
        for (let from = 0; from <= chunk.length; from++) {
          expect(search.find(chunk, from)).toBe(chunk.indexOf(needle, from));
        }
      }),
    );
  });
}

it("goes native after a bound of steps, and not again after a restart", () => {
  const needle = Buffer.from("\r\n--B");
  let calls = 0;
  const search = new BoundarySearch(needle, new ChunkWords(), (chunk, wanted, from) => {
    calls++;
    return Buffer.from(chunk).indexOf(wanted, from);
  });
  const seen: number[] = [];
  search.find(Buffer.alloc(100), 0);
  seen.push(calls);
  search.find(Buffer.alloc(1000), 0);
  seen.push(calls);
  search.restart();
  search.find(Buffer.alloc(100), 0);
  seen.push(calls);
  expect(seen).toEqual([0, 1, 1]);
});

it("reads octets as latin-1 with and without Buffer", () => {
  const bytes = Uint8Array.from({ length: 256 }, (_, i) => i);
  const want = Buffer.from(bytes).toString("latin1", 3, 250);
  expect(readLatin1(bytes, 3, 250)).toBe(want);
  expect(readLatin1Portably(bytes, 3, 250)).toBe(want);
});

function portable(needle: Uint8Array): BoundarySearch {
  return new BoundarySearch(needle, new ChunkWords(), null);
}
