import { expect, it } from "vitest";
import { PartialMatch } from "./partial-match.js";

const cases: readonly { given: string; start?: number; want: number }[] = [
  { given: "", want: 0 },
  { given: "x", want: 0 },
  { given: "\r", want: 1 },
  { given: "x\r\n", want: 2 },
  { given: "\n--a", want: 0 },
  { given: "x\r\n--a-a", want: 7 },
  { given: "\r\n--a\r\n-", want: 3 },
  // The whole needle is for the search to find.
  { given: "\r\n--a-a-", want: 0 },
  { given: "x\r\n--", start: 1, want: 4 },
  { given: "x\r\n--", start: 2, want: 0 },
];

for (const { given, start = 0, want } of cases) {
  it(`${JSON.stringify(given)} from ${start} → ${want}`, () => {
    const partial = new PartialMatch(Buffer.from("\r\n--a-a-"));
    expect(partial.lengthAtEnd(Buffer.from(given), start)).toBe(want);
  });
}
