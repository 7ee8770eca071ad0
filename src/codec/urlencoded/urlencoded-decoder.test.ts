import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Fault, isWaybillError } from "../../base/fault.js";
import { defaultLimits, type Limits } from "../../base/limits.js";
import { percentDecode } from "./percent-decode.js";
import { createUrlencodedDecoder } from "./urlencoded-decoder.js";

interface Seen {
  readonly pairs: readonly {
    readonly name: string;
    readonly offset: number;
    readonly value: string;
  }[];
  readonly fault?: Fault;
}

/** Fields whose name begins with `raw` are asked for as sent. */
function decode(
  body: Uint8Array,
  pieces: Iterable<Uint8Array>,
  limits: Partial<Limits> = {},
): Seen {
  const pairs: {
    name: string;
    offset: number;
    value: string;
    chunks: Uint8Array[];
    ended: boolean;
  }[] = [];
  const decoder = createUrlencodedDecoder({
    limits: { ...defaultLimits, ...limits },
    handler: {
      onName(name, offset) {
        if (pairs.at(-1)?.ended === false) throw new Error("the last pair has not ended");
        pairs.push({ name, offset, value: "", chunks: [], ended: false });
        return name.startsWith("raw") ? "raw" : "decoded";
      },
      onData(bytes, offset) {
        if (bytes.length === 0 || offset < 0) throw new Error("empty data");
        // The first octet is at that place, or what stands for it.
        const sent = body[offset];
        if (sent !== bytes[0] && sent !== 37 && sent !== 43) throw new Error("wrong offset");
        pairs.at(-1)?.chunks.push(bytes);
      },
      onEnd() {
        const pair = pairs.at(-1);
        if (!pair || pair.ended) throw new Error("stray end");
        pair.value = Buffer.concat(pair.chunks).toString();
        pair.ended = true;
      },
    },
  });
  let fault: Fault | undefined;
  try {
    for (const piece of pieces) decoder.write(piece);
    decoder.end();
  } catch (error) {
    if (!isWaybillError(error)) throw error;
    fault = error.faults[0];
    expect(() => decoder.write(body)).toThrow(error);
    expect(() => decoder.end()).toThrow(error);
  }
  const ended = pairs.filter((pair) => pair.ended);
  const seen = ended.map(({ name, offset, value }) => ({ name, offset, value }));
  return { pairs: seen, ...(fault && { fault }) };
}

function* cut(body: Uint8Array, size: number): Generator<Uint8Array> {
  for (let at = 0; at < body.length; at += size) yield body.subarray(at, at + size);
}

interface Case {
  readonly given: string;
  readonly want: readonly (readonly [name: string, value: string])[];
  readonly limits?: Partial<Limits>;
  readonly fault?: Pick<Fault, "code" | "offset">;
}

const cases: readonly Case[] = [
  { given: "", want: [] },
  { given: "a=b", want: [["a", "b"]] },
  { given: "id=a+b%2B", want: [["id", "a b+"]] },
  {
    given: "a=1&a=2",
    want: [
      ["a", "1"],
      ["a", "2"],
    ],
  },
  {
    given: "&&a=1&&&b&",
    want: [
      ["a", "1"],
      ["b", ""],
    ],
  },
  { given: "=", want: [["", ""]] },
  {
    given: "=a&b=",
    want: [
      ["", "a"],
      ["b", ""],
    ],
  },
  {
    given: "a=b=c&d==",
    want: [
      ["a", "b=c"],
      ["d", "="],
    ],
  },
  { given: "a%26b%3D=c%26d", want: [["a&b=", "c&d"]] },
  {
    given: "n%C3%A9=%F0%9F%90%8E&é=š",
    want: [
      ["né", "🐎"],
      ["é", "š"],
    ],
  },
  {
    given: "%ff=1&%EF%BB%BFa=2",
    want: [
      ["\ufffd", "1"],
      ["\ufeffa", "2"],
    ],
  },
  {
    given: "%=%&%4=%4&%zz=%zz&%%41=%%41&%4%41=%4%41",
    want: [
      ["%", "%"],
      ["%4", "%4"],
      ["%zz", "%zz"],
      ["%A", "%A"],
      ["%4A", "%4A"],
    ],
  },
  {
    given: "raw=1%2C2,3+&raw2=%&b=%2c",
    want: [
      ["raw", "1%2C2,3+"],
      ["raw2", "%"],
      ["b", ","],
    ],
  },
  { given: "?a=1", want: [["?a", "1"]] },
  {
    given: "__proto__=1&a[b][]=2",
    want: [
      ["__proto__", "1"],
      ["a[b][]", "2"],
    ],
  },
  {
    given: "a=1&b=2",
    limits: { fieldsMax: 2 },
    want: [
      ["a", "1"],
      ["b", "2"],
    ],
  },
  {
    given: "a=1&&b=2&c",
    limits: { fieldsMax: 2 },
    want: [
      ["a", "1"],
      ["b", "2"],
    ],
    fault: { code: "too-many-fields", offset: 9 },
  },
  {
    given: "a=1&%41%42%43=2",
    limits: { nameBytesMax: 3 },
    want: [
      ["a", "1"],
      ["ABC", "2"],
    ],
  },
  {
    given: "a=1&ABCD=2",
    limits: { nameBytesMax: 3 },
    want: [["a", "1"]],
    fault: { code: "name-too-long", offset: 4 },
  },
  {
    given: "abcdefghij",
    limits: { nameBytesMax: 3 },
    want: [],
    fault: { code: "name-too-long", offset: 0 },
  },
];

describe("createUrlencodedDecoder", () => {
  for (const { given, want, limits, fault } of cases) {
    it(JSON.stringify(given), () => {
      const body = Buffer.from(given);
      const whole = decode(body, [body], limits);
      expect(whole.pairs.map((pair) => [pair.name, pair.value])).toEqual(want);
      const { code, offset } = whole.fault ?? {};
      expect(whole.fault && { code, offset }).toEqual(fault);
      for (let at = 1; at < body.length; at++) {
        const seen = decode(body, [body.subarray(0, at), body.subarray(at)], limits);
        expect(seen, `cut at ${at}`).toEqual(whole);
        expect(decode(body, cut(body, at), limits), `in ${at}s`).toEqual(whole);
      }
    });
  }

  it("tells where a pair begins", () => {
    const body = Buffer.from("a=1&&bc=2");
    expect(decode(body, [body]).pairs.map((pair) => pair.offset)).toEqual([0, 5]);
  });

  it("decodes as URLSearchParams does, however cut", () => {
    const octets = fc.array(
      fc.constantFrom("%", "4", "1", "+", "&", "=", "%C3", "%A9", "%", "a", "%26"),
      { maxLength: 40 },
    );
    fc.assert(
      fc.property(octets, fc.integer({ min: 1, max: 9 }), (pieces, size) => {
        // ASCII only: Node's own decoder loses "é" after a stray "%C3".
        const text = pieces.join("");
        const body = Buffer.from(text);
        const want = [...new URLSearchParams(text)];
        const seen = decode(body, cut(body, size));
        expect(seen.pairs.map((pair) => [pair.name, pair.value])).toEqual(want);
      }),
      { numRuns: 1000 },
    );
  });

  it("ends with what its handler throws", () => {
    const mine = new RangeError("mine");
    const decoder = createUrlencodedDecoder({
      limits: defaultLimits,
      handler: {
        onName: () => "decoded",
        onEnd: () => {},
        onData: () => {
          throw mine;
        },
      },
    });
    expect(() => decoder.write(Buffer.from("a=b"))).toThrow(mine);
    expect(() => decoder.end()).toThrow(mine);
  });
});

describe("percentDecode", () => {
  for (const [given, want] of [
    ["abc", "abc"],
    ["a+b%20c%2B", "a b c+"],
    ["%", "%"],
    ["%4", "%4"],
    ["%4g%G4%41", "%4g%G4A"],
  ] as const) {
    it(`${given} → ${want}`, () =>
      expect(Buffer.from(percentDecode(Buffer.from(given))).toString()).toBe(want));
  }
});
