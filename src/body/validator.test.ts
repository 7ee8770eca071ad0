import { describe, expect, it } from "vitest";
import { ReceivedFile } from "../base/file-reference.js";
import { createValidators } from "./validator.js";

const validators = createValidators();

function faultsOf(schema: Record<string, unknown>, value: unknown): string[] {
  return validators
    .of(schema)(value)
    .map(({ code, pointer }) => `${code} ${pointer}`);
}

function file(octets: string): ReceivedFile {
  const made = new ReceivedFile();
  made.settle({ id: Math.random().toString(), mediaType: "a/b", size: 1, sha256: octets });
  return made;
}

describe("waybillUnique", () => {
  const cases: { name: string; items: unknown[]; same: boolean }[] = [
    { name: "nothing", items: [], same: false },
    { name: "numbers and texts", items: [1, "1", true, "true", null, "null"], same: false },
    { name: "the same number", items: [1, 2, 1.0], same: true },
    {
      name: "members in another order",
      items: [
        { a: 1, b: [2] },
        { b: [2], a: 1 },
      ],
      same: true,
    },
    {
      name: "items in another order",
      items: [
        [1, 2],
        [2, 1],
      ],
      same: false,
    },
    {
      name: "a member that looks like two",
      items: [{ 'a":1,"b': 1 }, { a: 1, b: 1 }],
      same: false,
    },
    { name: "different files", items: [file("x"), file("y")], same: false },
    { name: "the same octets twice", items: [file("x"), file("y"), file("x")], same: true },
    { name: "a text that names a file", items: [file("x"), "file x"], same: false },
  ];
  it.each(cases)("$name", ({ items, same }) => {
    const faults = faultsOf({ waybillUnique: true }, items);
    expect(faults).toEqual(same ? ["invalid-value "] : []);
  });
});

describe("the errors of unions", () => {
  const text = { type: "string" };
  const cases = [
    {
      name: "say the union, not its branches",
      schema: { items: { anyOf: [text, { type: "object" }] } },
      value: [1, "a", 2],
      want: ["invalid-value /0", "invalid-value /2"],
    },
    {
      name: "say the outer of two",
      schema: { oneOf: [text, { anyOf: [{ type: "null" }, { type: "array" }] }] },
      value: 1,
      want: ["invalid-value "],
    },
    {
      name: "leave those beside them",
      schema: { properties: { a: { anyOf: [text] }, b: text }, required: ["c"] },
      value: { a: 1, b: 2 },
      want: ["missing-property /c", "invalid-value /a", "invalid-value /b"],
    },
    {
      name: "leave those of a property of that name",
      schema: { properties: { anyOf: { properties: { a: text } }, b: { anyOf: [text] } } },
      value: { anyOf: { a: 1 }, b: 1 },
      want: ["invalid-value /anyOf/a", "invalid-value /b"],
    },
  ];
  it.each(cases)("$name", ({ schema, value, want }) => {
    expect(faultsOf(schema, value).sort()).toEqual([...want].sort());
  });
});

describe("long lists", () => {
  const items = Array.from({ length: 100_000 }, (_, index) => index);
  const cases = [
    {
      name: "of failed unions",
      schema: { items: { anyOf: [{ type: "string" }, { type: "null" }] } },
      want: 100,
    },
    { name: "of unique items", schema: { waybillUnique: true }, want: 0 },
  ];
  it.each(cases)("$name take time that grows with them only", ({ schema, want }) => {
    const begin = performance.now();
    expect(faultsOf(schema, items)).toHaveLength(want);
    expect(performance.now() - begin).toBeLessThan(5000);
  });
});
