import * as fc from "fast-check";
import { expect, it } from "vitest";
import { BoundarySearch } from "./boundary-search.js";
import { ChunkWords } from "./standing-text.js";
import { readLatin1, readLatin1Portably } from "./latin1.js";

// M and CR, m and - are of one class each, as the search's table has them.
const pieces = ["\r", "\n", "-", "a", "b", "m", "M", "\r\n--", "\r\n--abab", "\r\n--mM-m"];
const octets = fc.array(fc.constantFrom(...pieces), { maxLength: 200 });

for (const [where, native] of [
  ["natively", undefined],
  ["without a native search", null],
] as const) {
  it(`finds what indexOf finds, ${where}`, () => {
    fc.assert(
      fc.property(
        octets,
        fc.constantFrom("a", "abab", "mM-m", "a".repeat(70)),
        (given, boundary) => {
          const needle = Buffer.from(`\r\n--${boundary}`);
          const chunk = Buffer.from(given.join(""));
          // One search for all, so that it runs out of steps and goes native in the middle.
          const search = native === null ? portable(needle) : new BoundarySearch(needle);
          for (let from = 0; from <= chunk.length; from++) {
            expect(search.find(chunk, from)).toBe(chunk.indexOf(needle, from));
          }
        },
      ),
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
  const short = Array.from({ length: 20 }, (_, length) => [120, 120 + length] as const);
  for (const [start, end] of [...short, [3, 250] as const]) {
    const want = Buffer.from(bytes).toString("latin1", start, end);
    expect(readLatin1(bytes, start, end)).toBe(want);
    expect(readLatin1Portably(bytes, start, end)).toBe(want);
  }
});

function portable(needle: Uint8Array): BoundarySearch {
  return new BoundarySearch(needle, new ChunkWords(), null);
}
