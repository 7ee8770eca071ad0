import { describe, expect, it } from "vitest";
import { formatBooleanItem, parseBooleanItem, parseCountItem } from "./structured-item.js";

describe("items of structured fields", () => {
  it.each([
    ["?1", true],
    ["?0", false],
    [" ?1 ", true],
    ['?1;a=b;c="d\\"";e', true],
    ["?2", undefined],
    ["1", undefined],
    ["true", undefined],
    ["?1, ?0", undefined],
    ["?1;", undefined],
    ["", undefined],
    [undefined, undefined],
  ])("%s is the boolean %s", (text, want) => {
    expect(parseBooleanItem(text)).toBe(want);
  });

  it.each([
    ["0", 0],
    ["007", 7],
    ["999999999999999", 999_999_999_999_999],
    ["12;a", 12],
    ["1000000000000000", undefined],
    ["-1", undefined],
    ["1.0", undefined],
    ['"1"', undefined],
    ["1, 2", undefined],
    ["", undefined],
    [undefined, undefined],
  ])("%s is the count %s", (text, want) => {
    expect(parseCountItem(text)).toBe(want);
  });

  it("are written as they are read", () => {
    expect([true, false].map(formatBooleanItem)).toEqual(["?1", "?0"]);
  });
});
