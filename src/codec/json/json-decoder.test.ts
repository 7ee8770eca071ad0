import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { defaultLimits } from "../../base/limits.js";
import { everyCut } from "../encoding/every-cut.cases.js";
import { createJsonDecoder } from "./json-decoder.js";
import {
  decodeJson,
  faultOf,
  malformedDocuments,
  toOctets,
  validDocuments,
} from "./json-decoder.cases.js";

/** Equal in every respect that `JSON.parse` fixes: also -0, the order of members, and own `__proto__`. */
function expectSame(value: unknown, want: unknown): void {
  expect(value).toStrictEqual(want);
  expect(JSON.stringify(value)).toBe(JSON.stringify(want));
}

const attempt = (work: () => unknown): unknown => {
  try {
    return { value: work() };
  } catch {
    return "refused";
  }
};

describe("a valid document is what JSON.parse makes of it, at every cut", () => {
  for (const given of validDocuments) {
    it(given.slice(0, 60), () => {
      const want: unknown = JSON.parse(given);
      for (const pieces of everyCut(toOctets(given))) expectSame(decodeJson(pieces), want);
    });
  }
});

it("builds what JSON.parse builds of random documents, at random cuts", () => {
  const document = fc.tuple(
    fc.jsonValue({ noUnicodeString: false, maxDepth: 5, stringUnit: "binary" }),
    fc.constantFrom("", " ", "\t", "  \n"),
    fc.integer({ min: 1, max: 40 }),
  );
  fc.assert(
    fc.property(document, ([value, indent, size]) => {
      const text = JSON.stringify(value, null, indent);
      const octets = toOctets(text);
      const pieces = [];
      for (let i = 0; i < octets.length; i += size) pieces.push(octets.subarray(i, i + size));
      expectSame(decodeJson(pieces), JSON.parse(text));
      expectSame(decodeJson([octets]), JSON.parse(text));
    }),
    { numRuns: 200 },
  );
});

it("accepts and refuses what JSON.parse does, after random damage", () => {
  const damage = fc.record({
    document: fc.constantFrom(...validDocuments),
    at: fc.nat(80),
    remove: fc.nat(2),
    insert: fc.constantFrom("", '"', "\\", "{", "}", "[", "]", ",", ":", "0", "-", ".", "e", " "),
  });
  fc.assert(
    fc.property(damage, ({ document, at, remove, insert }) => {
      const text = document.slice(0, at) + insert + document.slice(at + remove);
      const octets = toOctets(text);
      const want = attempt(() => JSON.parse(new TextDecoder().decode(octets)) as unknown);
      const last = attempt(() => decodeJson([octets], { duplicateKeys: "last" }));
      expect(last).toStrictEqual(want);
    }),
    { numRuns: 1500 },
  );
});

describe("a malformed document fails at the same octet at every cut", () => {
  for (const { given, offset, pointer = "", expected = "" } of malformedDocuments) {
    it(typeof given === "string" ? JSON.stringify(given) : given.join(" "), () => {
      for (const pieces of everyCut(toOctets(given))) {
        const fault = faultOf(() => decodeJson(pieces));
        expect(fault).toMatchObject({ code: "malformed-json", offset, pointer });
        expect(fault.detail).toContain(expected);
        expect(fault.detail).toContain(` at octet ${offset}: expected `);
      }
    });
  }
});

it("lets a byte order mark pass, once, and counts its octets", () => {
  const mark = [0xef, 0xbb, 0xbf];
  for (const pieces of everyCut(Uint8Array.from([...mark, 0x5b, 0x5d])))
    expect(decodeJson(pieces)).toEqual([]);
  expect(faultOf(() => decodeJson([Uint8Array.from([...mark, 0x5d])])).offset).toBe(3);
  expect(faultOf(() => decodeJson([Uint8Array.from([...mark, ...mark])])).offset).toBe(3);
});

it("keeps prototypes as they are", () => {
  const value = decodeJson([toOctets('{"__proto__":{"polluted":1},"a":{"__proto__":[]}}')]);
  expect(Object.getPrototypeOf(value)).toBe(Object.prototype);
  expect(value).not.toHaveProperty("polluted");
  expect(Object.keys(Object(value))).toEqual(["__proto__", "a"]);
});

describe("duplicate names", () => {
  const cases = [
    { given: '{"a":1,"b":2,"a":3}', offset: 15, pointer: "/a" },
    { given: String.raw`{"x":{"a":1,"\u0061":3}}`, offset: 19, pointer: "/x/a" },
    { given: '{"__proto__":1,"__proto__":2}', offset: 25, pointer: "/__proto__" },
    { given: '{"a":null,"a":null}', offset: 12, pointer: "/a" },
  ];
  for (const { given, offset, pointer } of cases) {
    it(given, () => {
      for (const pieces of everyCut(toOctets(given))) {
        const fault = faultOf(() => decodeJson(pieces));
        expect(fault).toMatchObject({ code: "duplicate-key", offset, pointer });
        expectSame(decodeJson(pieces, { duplicateKeys: "last" }), JSON.parse(given));
      }
    });
  }
});

describe("limits hold at every cut, and say their name", () => {
  const limits = { ...defaultLimits, depthMax: 3, keysMax: 4, valueBytesMax: 40 };
  const cases = [
    { given: '[{"a":[]}]', want: undefined },
    {
      given: '[{"a":[[]]}]',
      want: { code: "too-deep", offset: 7, pointer: "/0/a/0", limit: "depthMax" },
    },
    { given: '{"a":[1,2],"b":3}', want: undefined },
    { given: "[1,2,3,4,5]", want: { code: "too-many-keys", offset: 9, limit: "keysMax" } },
    {
      given: '{"a":1,"b":2,"c":3,"d":4,"e":5}',
      want: { code: "too-many-keys", offset: 25, limit: "keysMax" },
    },
    { given: `"${"x".repeat(38)}"`, want: undefined },
    {
      given: `["${"x".repeat(37)}"]`,
      want: { code: "body-too-large", offset: 40, limit: "valueBytesMax" },
    },
    {
      given: `{"a":"${"x".repeat(60)}"}`,
      want: { code: "body-too-large", offset: 40, pointer: "/a", limit: "valueBytesMax" },
    },
    { given: `1${" ".repeat(40)}`, want: { code: "body-too-large", offset: 40 } },
    { given: `${"9".repeat(41)}`, want: { code: "body-too-large", offset: 40 } },
  ];
  for (const { given, want } of cases) {
    it(given.slice(0, 40), () => {
      for (const pieces of everyCut(toOctets(given))) {
        if (!want) expect(decodeJson(pieces, { limits })).toEqual(JSON.parse(given));
        else {
          const fault = faultOf(() => decodeJson(pieces, { limits }));
          expect({ ...fault, limit: fault.limit?.name }).toMatchObject(want);
        }
      }
    });
  }
});

it("does not recurse: nesting is bounded by its limit alone", () => {
  const depth = 100_000;
  const limits = { ...defaultLimits, depthMax: depth, keysMax: depth };
  let value = decodeJson([toOctets("[".repeat(depth) + "]".repeat(depth))], { limits });
  let levels = 0;
  for (; Array.isArray(value); levels++) value = value[0];
  expect(levels).toBe(depth);
});

it("is dead after its first error", () => {
  const decoder = createJsonDecoder({ limits: defaultLimits });
  decoder.write(toOctets("[1,"));
  const first = faultOf(() => decoder.write(toOctets("]")));
  expect(faultOf(() => decoder.write(toOctets("2]")))).toBe(first);
  expect(faultOf(() => decoder.end())).toBe(first);
});
