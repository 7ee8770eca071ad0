import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { defaultLimits } from "../../base/limits.js";
import { createByteDecoder } from "../encoding/byte-decoder.js";
import { everyCut } from "../encoding/every-cut.cases.js";
import type { JsonDecoderOptions, JsonSpot, JsonStringSink } from "./json-decoder.js";
import { decodeJson, faultOf, toOctets } from "./json-decoder.cases.js";

const file: JsonSpot = { file: true };

interface Seen {
  readonly path: readonly (string | number)[];
  readonly opened: number;
  text: string;
  closed: number;
  readonly offsets: number[];
}

/** Keeps what is streamed; the value gets `<n>` in its place. */
function collect(spot: JsonSpot): { seen: Seen[]; options: Partial<JsonDecoderOptions> } {
  const seen: Seen[] = [];
  const onFile: JsonDecoderOptions["onFile"] = (_, path, opened) => {
    const one: Seen = { path, opened, text: "", closed: -1, offsets: [] };
    const octets: number[] = [];
    seen.push(one);
    return {
      write(bytes, offset) {
        expect(bytes.length).toBeGreaterThan(0);
        octets.push(...bytes);
        one.offsets.push(offset);
      },
      end(offset) {
        one.text = new TextDecoder("utf-8", { fatal: true }).decode(Uint8Array.from(octets));
        one.closed = offset;
        return `<${seen.length}>`;
      },
    };
  };
  return { seen, options: { spot, onFile } };
}

const tree: JsonSpot = { properties: new Map([["pic", file]]) };
const recursive: { file: true; properties: Map<string, JsonSpot>; items: JsonSpot } = {
  file: true,
  properties: new Map(),
  items: {},
};
recursive.items = recursive;
recursive.properties.set("next", recursive);

describe("strings at file spots leave the document, at every cut", () => {
  const cases: {
    name: string;
    spot: JsonSpot;
    given: string;
    value: unknown;
    files: Pick<Seen, "path" | "text">[];
  }[] = [
    {
      name: "a property",
      spot: tree,
      given: '{"a":"x","pic":"Zm9v","b":["y"]}',
      value: { a: "x", pic: "<1>", b: ["y"] },
      files: [{ path: ["pic"], text: "Zm9v" }],
    },
    {
      name: "the root",
      spot: file,
      given: ' "Zm9v" ',
      value: "<1>",
      files: [{ path: [], text: "Zm9v" }],
    },
    {
      name: "an empty string",
      spot: tree,
      given: '{"pic":""}',
      value: { pic: "<1>" },
      files: [{ path: ["pic"], text: "" }],
    },
    {
      name: "other kinds of value stay",
      spot: { items: file },
      given: '[null,1,true,{"x":"y"},["z"],"f"]',
      value: [null, 1, true, { x: "y" }, ["z"], "<1>"],
      files: [{ path: [5], text: "f" }],
    },
    {
      name: "items after prefix items",
      spot: { prefixItems: [{}, file], items: { properties: new Map([["f", file]]) } },
      given: '["a","b",{"f":"c"},{"f":"d"}]',
      value: ["a", "<1>", { f: "<2>" }, { f: "<3>" }],
      files: [
        { path: [1], text: "b" },
        { path: [2, "f"], text: "c" },
        { path: [3, "f"], text: "d" },
      ],
    },
    {
      name: "additional properties, not the listed ones",
      spot: { properties: new Map([["name", {}]]), additional: file },
      given: '{"name":"n","x":"1","__proto__":"2"}',
      value: JSON.parse('{"name":"n","x":"<1>","__proto__":"<2>"}'),
      files: [
        { path: ["x"], text: "1" },
        { path: ["__proto__"], text: "2" },
      ],
    },
    {
      name: "recursive schemas",
      spot: recursive,
      given: '{"next":[["q"],{"next":"r"}],"no":"s"}',
      value: { next: [["<1>"], { next: "<2>" }], no: "s" },
      files: [
        { path: ["next", 0, 0], text: "q" },
        { path: ["next", 1, "next"], text: "r" },
      ],
    },
    {
      name: "escapes, as PHP writes them and worse",
      spot: tree,
      given: String.raw`{"pic":"ab\/cd\u002Be\u002b\"\\\n\u00e9\u20ac\ud83d\ude00Ω\/"}`,
      value: { pic: "<1>" },
      files: [{ path: ["pic"], text: 'ab/cd+e+"\\\né€😀Ω/' }],
    },
  ];
  for (const { name, spot, given, value, files } of cases) {
    it(name, () => {
      for (const pieces of everyCut(toOctets(given))) {
        const { seen, options } = collect(spot);
        expect(decodeJson(pieces, options)).toStrictEqual(value);
        expect(seen.map(({ path, text }) => ({ path, text }))).toEqual(files);
        for (const one of seen) {
          expect(given.charAt(one.opened)).toBe('"');
          expect(one.offsets[0] ?? one.opened + 1).toBe(one.opened + 1);
        }
      }
    });
  }
});

it("streams what TextEncoder makes of the parsed string", () => {
  // Cheaper than fast-check's own "binary", which lists all of Unicode first.
  const unit = fc
    .oneof(fc.integer({ min: 0, max: 0x7f }), fc.integer({ min: 0, max: 0x10ffff }))
    .filter((code) => code < 0xd800 || code > 0xdfff)
    .map((code) => String.fromCodePoint(code));
  const text = fc.string({ unit, maxLength: 60 });
  fc.assert(
    fc.property(text, fc.integer({ min: 1, max: 30 }), (content, size) => {
      const octets = toOctets(JSON.stringify({ pic: content }));
      const pieces = [];
      for (let i = 0; i < octets.length; i += size) pieces.push(octets.subarray(i, i + size));
      const { seen, options } = collect(tree);
      decodeJson(pieces, options);
      expect(seen[0]?.text).toBe(content);
    }),
    { numRuns: 100 },
  );
});

it("hands on views of the chunk where there are no escapes", () => {
  const chunk = toOctets(`{"pic":"${"Zm9v".repeat(40)}"}`);
  const views: Uint8Array[] = [];
  const onFile = (): JsonStringSink => ({
    write: (bytes) => void views.push(bytes),
    end: () => undefined,
  });
  expect(decodeJson([chunk], { spot: tree, onFile })).toStrictEqual({ pic: undefined });
  expect(views.map((view) => [view.buffer === chunk.buffer, view.byteOffset])).toEqual([[true, 8]]);
});

it("does not count file strings to valueBytesMax, and counts all else to the octet", () => {
  const given = `{"pic":"${"A".repeat(500)}","b":"12"}`;
  const kept = given.length - 500;
  for (const pieces of everyCut(toOctets(given))) {
    const { options } = collect(tree);
    const limits = { ...defaultLimits, valueBytesMax: kept };
    expect(decodeJson(pieces, { ...options, limits })).toEqual({ pic: "<1>", b: "12" });
    const tight = { ...defaultLimits, valueBytesMax: kept - 1 };
    const fault = faultOf(() => decodeJson(pieces, { ...options, limits: tight }));
    expect(fault).toMatchObject({ code: "body-too-large", offset: given.length - 1 });
  }
});

it("refuses a duplicate name before it opens a second file", () => {
  const { seen, options } = collect(tree);
  const fault = faultOf(() => decodeJson([toOctets('{"pic":"a","pic":"b"}')], options));
  expect(fault).toMatchObject({ code: "duplicate-key", pointer: "/pic" });
  expect(seen).toHaveLength(1);
});

describe("faults in file strings are placed alike at every cut", () => {
  const cases: { given: string | readonly number[]; offset: number }[] = [
    { given: '{"pic":"ab\ncd"}', offset: 10 },
    { given: String.raw`{"pic":"ab\xcd"}`, offset: 11 },
    { given: String.raw`{"pic":"ab\/\u00g"}`, offset: 16 },
    { given: '{"pic":"abc', offset: 11 },
    { given: String.raw`{"pic":"ab\ud83d cd"}`, offset: 16 },
    { given: String.raw`{"pic":"ab\ude00"}`, offset: 15 },
    { given: [...toOctets('{"pic":"ab'), 0xff, 0x22, 0x7d], offset: 10 },
    { given: [...toOctets('{"pic":"ab'), 0xc3, 0x22, 0x7d], offset: 11 },
    { given: [...toOctets(String.raw`{"pic":"\/ab`), 0xe2, 0x82, 0x5c, 0x6e], offset: 14 },
  ];
  for (const { given, offset } of cases) {
    it(typeof given === "string" ? JSON.stringify(given) : given.join(" "), () => {
      for (const pieces of everyCut(toOctets(given))) {
        const { options } = collect(tree);
        const fault = faultOf(() => decodeJson(pieces, options));
        expect(fault).toMatchObject({ code: "malformed-json", offset, pointer: "/pic" });
      }
    });
  }
});

const openBase64 = (): JsonStringSink => createByteDecoder("base64");

it("places what a sink finds where it stands in the document, whatever is escaped before it", () => {
  const cases = [
    { given: '{"pic":"Zm9v%m9v"}', at: "%" },
    { given: String.raw`{"pic":"Zm9v\/\/\/\/Zm%v"}`, at: "%" },
    { given: String.raw`{"pic":"Zm9v\/\u002f\/\/Zm\u0025v"}`, at: String.raw`\u0025` },
    { given: String.raw`{"pic":"Zm9v\/Z%\n"}`, at: "%" },
    { given: '{"pic":"Zm9v%\n"}', at: "%" },
    { given: String.raw`{"pic":"\/${"Zm9v".repeat(9)}\/\u002F%\/"}`, at: "%" },
    { given: String.raw`{"pic":"${"\\u002B".repeat(8)}Zm9v\u0025\/"}`, at: String.raw`\u0025` },
  ];
  for (const { given, at } of cases) {
    for (const pieces of everyCut(toOctets(given))) {
      const fault = faultOf(() => decodeJson(pieces, { spot: tree, onFile: openBase64 }));
      expect(fault).toMatchObject({ code: "malformed-encoding", offset: given.indexOf(at) });
    }
  }
});

it("has handed on all that stands before a fault, at every cut", () => {
  const given = [
    ...toOctets(String.raw`{"pic":"a\/é\/b`),
    0x63,
    0xff,
    ...toOctets(String.raw`\/d"}`),
  ];
  for (const pieces of everyCut(toOctets(given))) {
    const octets: number[] = [];
    const onFile = (): JsonStringSink => ({
      write: (bytes) => void octets.push(...bytes),
      end: () => undefined,
    });
    faultOf(() => decodeJson(pieces, { spot: tree, onFile }));
    expect(octets).toEqual([...toOctets("a/é/bc")]);
  }
});

it("streams simple escapes, far apart and close together, as JSON.parse has them", () => {
  const escapes = [String.raw`\/`, String.raw`\u002B`, String.raw`\n`, String.raw`\"`, "\\\\"];
  const piece = fc.oneof(fc.constantFrom(...escapes, "é"), fc.constantFrom("a", "b".repeat(30)));
  fc.assert(
    fc.property(
      fc.array(piece, { maxLength: 20 }),
      fc.integer({ min: 1, max: 90 }),
      (all, size) => {
        const document = `{"pic":"${all.join("")}","after":["\\\\"]}`;
        const want = JSON.parse(document) as { pic: string };
        const octets = toOctets(document);
        const pieces = [];
        for (let i = 0; i < octets.length; i += size) pieces.push(octets.subarray(i, i + size));
        const { seen, options } = collect(tree);
        expect(decodeJson(pieces, options)).toEqual({ ...want, pic: "<1>" });
        expect(seen[0]?.text).toBe(want.pic);
      },
    ),
    { numRuns: 300 },
  );
});
