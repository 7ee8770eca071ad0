import { describe, expect, it } from "vitest";
import { checkPreconditions, hasCondition, type PreconditionResult } from "./preconditions.js";

const current = { etag: '"v2"', modifiedMs: Date.UTC(2024, 0, 10) + 500 };
const weak = { etag: 'W/"v2"' };
const day = (n: number) => new Date(Date.UTC(2024, 0, n)).toUTCString();

describe("checkPreconditions", () => {
  const cases: [
    given: string,
    headers: Record<string, string>,
    state: typeof current | typeof weak | undefined,
    want: PreconditionResult,
  ][] = [
    ["GET", {}, current, "proceed"],
    ["PUT", { "if-match": '"v2"' }, current, "proceed"],
    ["PUT", { "if-match": '"v1", "v2"' }, current, "proceed"],
    ["PUT", { "if-match": '"a,b",\t"v2"' }, current, "proceed"],
    ["PUT", { "if-match": '"v1"' }, current, "failed"],
    ["GET", { "if-match": '"v1"' }, current, "failed"],
    ["PUT", { "if-match": 'W/"v2"' }, current, "failed"],
    ["PUT", { "if-match": 'W/"v2"' }, weak, "failed"],
    ["PUT", { "if-match": "*" }, current, "proceed"],
    ["PUT", { "if-match": "*" }, undefined, "failed"],
    ["PUT", { "if-match": '"v2"' }, undefined, "failed"],
    ["PUT", { "if-match": "v2" }, current, "failed"],
    ["PUT", { "if-match": '"v2' }, current, "failed"],
    ["PUT", { "if-match": "" }, current, "failed"],
    ["PUT", { "if-match": '"v2"', "if-unmodified-since": day(1) }, current, "proceed"],
    ["PUT", { "if-unmodified-since": day(9) }, current, "failed"],
    ["PUT", { "if-unmodified-since": day(10) }, current, "proceed"],
    ["PUT", { "if-unmodified-since": "yesterday" }, current, "proceed"],
    ["PUT", { "if-unmodified-since": day(9) }, weak, "proceed"],
    ["PUT", { "if-none-match": "*" }, current, "failed"],
    ["PUT", { "if-none-match": "*" }, undefined, "proceed"],
    ["PUT", { "if-none-match": '"v2"' }, current, "failed"],
    ["GET", { "if-none-match": '"v2"' }, current, "not-modified"],
    ["HEAD", { "if-none-match": "*" }, current, "not-modified"],
    ["GET", { "if-none-match": '"v1" , W/"v2"' }, current, "not-modified"],
    ["GET", { "if-none-match": '"v2"' }, weak, "not-modified"],
    ["GET", { "if-none-match": '"v1"' }, current, "proceed"],
    ["GET", { "if-none-match": '"v1"', "if-modified-since": day(20) }, current, "proceed"],
    ["GET", { "if-modified-since": day(10) }, current, "not-modified"],
    ["GET", { "if-modified-since": day(9) }, current, "proceed"],
    ["GET", { "if-modified-since": "junk" }, current, "proceed"],
    ["PUT", { "if-modified-since": day(20) }, current, "proceed"],
    ["GET", { "if-match": '"v1"', "if-none-match": '"v2"' }, current, "failed"],
    ["GET", { "if-match": '"v2"', "if-none-match": '"v2"' }, current, "not-modified"],
  ];
  for (const [method, headers, state, want] of cases) {
    it(`${method} ${JSON.stringify(headers)} of ${state?.etag}`, () => {
      expect(checkPreconditions({ method, headers }, state)).toBe(want);
    });
  }
});

describe("hasCondition", () => {
  it.each([
    [{ "if-match": '"v2"' }, true],
    [{ "if-match": "*" }, true],
    [{ "if-none-match": " * " }, true],
    [{ "if-unmodified-since": day(9) }, true],
    [{}, false],
    [{ "if-none-match": '"x"' }, false],
    [{ "if-unmodified-since": "yesterday" }, false],
    [{ "if-modified-since": day(9) }, false],
  ])("%j: %s", (headers: Record<string, string>, want) => {
    expect(hasCondition({ headers })).toBe(want);
  });
});
