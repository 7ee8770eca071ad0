import { describe, expect, it } from "vitest";
import { ReceivedFile } from "../base/file-reference.js";
import { mergePatch } from "./merge-patch.js";

// RFC 7396, Appendix A.
const cases: readonly [unknown, unknown, unknown][] = [
  [{ a: "b" }, { a: "c" }, { a: "c" }],
  [{ a: "b" }, { b: "c" }, { a: "b", b: "c" }],
  [{ a: "b" }, { a: null }, {}],
  [{ a: "b", b: "c" }, { a: null }, { b: "c" }],
  [{ a: ["b"] }, { a: "c" }, { a: "c" }],
  [{ a: "c" }, { a: ["b"] }, { a: ["b"] }],
  [{ a: { b: "c" } }, { a: { b: "d", c: null } }, { a: { b: "d" } }],
  [{ a: [{ b: "c" }] }, { a: [1] }, { a: [1] }],
  [
    ["a", "b"],
    ["c", "d"],
    ["c", "d"],
  ],
  [{ a: "b" }, ["c"], ["c"]],
  [{ a: "foo" }, null, null],
  [{ a: "foo" }, "bar", "bar"],
  [{ e: null }, { a: 1 }, { e: null, a: 1 }],
  [[1, 2], { a: "b", c: null }, { a: "b" }],
  [{}, { a: { bb: { ccc: null } } }, { a: { bb: {} } }],
];

describe("merge patch", () => {
  it.each(cases)("%j + %j = %j", (target, patch, want) => {
    expect(mergePatch(target, patch)).toEqual(want);
  });
  it("replaces a file whole", () => {
    const file = new ReceivedFile();
    expect(mergePatch({ pic: { sha256: "a" } }, { pic: file })).toEqual({ pic: file });
  });
  it("keeps __proto__ a plain name", () => {
    const patched = mergePatch({}, JSON.parse('{"__proto__":{"a":1}}'));
    expect(JSON.stringify(patched)).toBe('{"__proto__":{"a":1}}');
    expect(({} as { a?: unknown }).a).toBeUndefined();
  });
});
