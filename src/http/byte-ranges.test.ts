import { describe, expect, it } from "vitest";
import { formatContentRange, isRangeFresh, selectRanges } from "./byte-ranges.js";

describe("selectRanges", () => {
  const cases: [given: string | undefined, size: number, want: string | [number, number][]][] = [
    [undefined, 1000, "whole"],
    ["bytes=0-0", 1000, [[0, 1]]],
    ["bytes=0-", 1000, [[0, 1000]]],
    ["Bytes = 5-9", 1000, [[5, 10]]],
    ["bytes=500-99999999999999999999", 1000, [[500, 1000]]],
    ["bytes=-1", 1000, [[999, 1000]]],
    ["bytes=-5000", 1000, [[0, 1000]]],
    [
      "bytes=0-0,-1",
      1000,
      [
        [0, 1],
        [999, 1000],
      ],
    ],
    [
      "bytes=0-0 , , 900-",
      1000,
      [
        [0, 1],
        [900, 1000],
      ],
    ],
    [
      "bytes=900-,0-0",
      1000,
      [
        [0, 1],
        [900, 1000],
      ],
    ],
    ["bytes=0-9,5-20", 1000, [[0, 21]]],
    ["bytes=0-500,100-200", 1000, [[0, 501]]],
    ["bytes=0-9,90-99", 1000, [[0, 100]]],
    [
      "bytes=0-9,91-99",
      1000,
      [
        [0, 10],
        [91, 100],
      ],
    ],
    ["bytes=0-0,5000-", 1000, [[0, 1]]],
    ["bytes=1000-", 1000, "unsatisfiable"],
    ["bytes=999-", 10, "unsatisfiable"],
    ["bytes=-0", 1000, "unsatisfiable"],
    ["bytes=0-", 0, "unsatisfiable"],
    ["bytes=-5", 0, "whole"],
    ["bytes=5-1", 1000, "whole"],
    ["bytes=-", 1000, "whole"],
    ["bytes=", 1000, "whole"],
    ["bytes=1", 1000, "whole"],
    ["bytes=a-b", 1000, "whole"],
    ["bytes=--5", 1000, "whole"],
    ["bytes=1-2-3", 1000, "whole"],
    ["bytes=0x1-5", 1000, "whole"],
    ["bytes=0-1,x", 1000, "whole"],
    ["items=0-5", 1000, "whole"],
    ["bytes", 1000, "whole"],
    [`bytes=${"0-0,".repeat(32)}`, 1000, [[0, 1]]],
    [`bytes=${"0-0,".repeat(33)}`, 1000, "whole"],
    [`bytes=${"0-0,".repeat(3000)}`, 1000, "whole"],
  ];
  for (const [given, size, want] of cases) {
    it(`${given?.slice(0, 60)} of ${size}`, () => {
      const got = selectRanges(given, size);
      const ranges = got.kind === "ranges" && got.ranges.map(({ start, end }) => [start, end]);
      expect(ranges || got.kind).toEqual(want);
    });
  }
});

describe("isRangeFresh", () => {
  const modifiedMs = Date.UTC(2024, 0, 10) + 999;
  const current = { etag: '"v2"', modifiedMs };
  const cases: [given: string | undefined, want: boolean][] = [
    [undefined, true],
    ['"v2"', true],
    ['"v1"', false],
    ['W/"v2"', false],
    [new Date(modifiedMs).toUTCString(), true],
    [new Date(modifiedMs + 1000).toUTCString(), false],
    [new Date(modifiedMs - 1000).toUTCString(), false],
    ["v2", false],
  ];
  for (const [given, want] of cases) {
    it(`${given}`, () => expect(isRangeFresh(given, current)).toBe(want));
  }

  it("has nothing to compare with", () => {
    expect([isRangeFresh('"v2"', {}), isRangeFresh("junk", {})]).toEqual([false, false]);
  });
});

it("formats Content-Range", () => {
  expect(formatContentRange({ start: 0, end: 1 }, 10)).toBe("bytes 0-0/10");
  expect(formatContentRange(undefined, 10)).toBe("bytes */10");
});
