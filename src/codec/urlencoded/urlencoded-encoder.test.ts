import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { defaultLimits } from "../../base/limits.js";
import { everyCut } from "../encoding/every-cut.cases.js";
import { createUrlencodedDecoder } from "./urlencoded-decoder.js";
import { encodeUrlencoded } from "./urlencoded-encoder.js";
import type { UrlencodedPair } from "./urlencoded-encoder.js";

async function textOf(pairs: Iterable<UrlencodedPair>): Promise<string> {
  const pieces: Uint8Array[] = [];
  for await (const piece of encodeUrlencoded(pairs)) {
    expect(piece.length).toBeGreaterThan(0);
    pieces.push(piece);
  }
  return Buffer.concat(pieces).toString("latin1");
}

async function* from(pieces: Iterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  yield* pieces;
}

describe("bodies as WHATWG serializes them (F-06)", () => {
  const cases: { given: readonly (readonly [string, string])[]; want: string }[] = [
    { given: [], want: "" },
    { given: [["", ""]], want: "=" },
    {
      given: [
        ["a", "b"],
        ["c", ""],
      ],
      want: "a=b&c=",
    },
    { given: [["a b", "c+d&e=f"]], want: "a+b=c%2Bd%26e%3Df" },
    { given: [["~!*'()", "-._"]], want: "%7E%21*%27%28%29=-._" },
    { given: [["é", "😀"]], want: "%C3%A9=%F0%9F%98%80" },
    { given: [["a", "\r\n\0%"]], want: "a=%0D%0A%00%25" },
    { given: [["a", "\ud800"]], want: "a=%EF%BF%BD" },
  ];
  for (const { given, want } of cases) {
    it(want, async () => {
      expect(await textOf(given)).toBe(want);
      expect(
        new URLSearchParams(
          given.map(([name, value]): [string, string] => [name, value]),
        ).toString(),
      ).toBe(want);
    });
  }
});

it("streams values, whatever their cuts", async () => {
  const octets = new TextEncoder().encode("a é+&\u0000");
  for (const pieces of everyCut(octets)) {
    const pairs: UrlencodedPair[] = [
      ["x", octets],
      ["y", from(pieces)],
      ["z", "1"],
    ];
    expect(await textOf(pairs)).toBe("x=a+%C3%A9%2B%26%00&y=a+%C3%A9%2B%26%00&z=1");
  }
  expect(await textOf([["x", new Blob([octets]).stream()]])).toBe("x=a+%C3%A9%2B%26%00");
});

it("closes the stream that is being read when nobody reads on", async () => {
  let closed = false;
  async function* endless(): AsyncGenerator<Uint8Array> {
    try {
      for (;;) yield Uint8Array.of(0x61);
    } finally {
      closed = true;
    }
  }
  let pieces = 0;
  for await (const piece of encodeUrlencoded([["x", endless()]])) {
    pieces += piece.length;
    if (pieces > 5) break;
  }
  expect(closed).toBe(true);
});

it("writes what URLSearchParams writes, and what comes back is what went in", async () => {
  const text = fc.string({ unit: "grapheme", maxLength: 12 });
  await fc.assert(
    fc.asyncProperty(fc.array(fc.tuple(text, text), { maxLength: 6 }), async (pairs) => {
      const body = await textOf(pairs);
      expect(body).toBe(new URLSearchParams(pairs).toString());
      expect(decode(body)).toEqual(pairs);
    }),
    { numRuns: 200 },
  );
});

it("brings octets back that are no text", async () => {
  const value = Uint8Array.from({ length: 256 }, (_, i) => i);
  const chunks: Uint8Array[] = [];
  const decoder = createUrlencodedDecoder({
    limits: defaultLimits,
    handler: {
      onName: () => "decoded",
      onData: (bytes) => void chunks.push(bytes.slice()),
      onEnd: () => undefined,
    },
  });
  for await (const piece of encodeUrlencoded([["x", value]])) decoder.write(piece);
  decoder.end();
  expect(new Uint8Array(Buffer.concat(chunks))).toEqual(value);
});

function decode(body: string): [string, string][] {
  const pairs: [string, string][] = [];
  let chunks: Uint8Array[] = [];
  const decoder = createUrlencodedDecoder({
    limits: defaultLimits,
    handler: {
      onName(name) {
        pairs.push([name, ""]);
        chunks = [];
        return "decoded";
      },
      onData: (bytes) => void chunks.push(bytes),
      onEnd() {
        const pair = pairs.at(-1);
        if (pair) pair[1] = Buffer.concat(chunks).toString();
      },
    },
  });
  decoder.write(new TextEncoder().encode(body));
  decoder.end();
  return pairs;
}
