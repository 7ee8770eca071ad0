import { describe, expect, it } from "vitest";
import { formatHttpDate, parseHttpDate } from "./http-date.js";

const instant = Date.UTC(1994, 10, 6, 8, 49, 37);

describe("parseHttpDate", () => {
  const cases: [given: string, want: number | undefined][] = [
    ["Sun, 06 Nov 1994 08:49:37 GMT", instant],
    ["Sunday, 06-Nov-94 08:49:37 GMT", instant],
    ["Sun Nov  6 08:49:37 1994", instant],
    ["Sun, 06 Nov 1994 08:49:60 GMT", Date.UTC(1994, 10, 6, 8, 50, 0)],
    ["Sun, 06 Nov 1994 08:49:37 UTC", undefined],
    ["Sun, 31 Feb 1994 08:49:37 GMT", undefined],
    ["Sun, 06 ovD 1994 08:49:37 GMT", undefined],
    ["Sun, 06 Nov 1994 25:49:37 GMT", undefined],
    ["1994-11-06T08:49:37Z", undefined],
    ["0", undefined],
    ["", undefined],
  ];
  for (const [given, want] of cases) {
    it(given, () => expect(parseHttpDate(given)).toBe(want));
  }
});

it("formats as IMF-fixdate", () => {
  expect(formatHttpDate(instant + 999)).toBe("Sun, 06 Nov 1994 08:49:37 GMT");
});
