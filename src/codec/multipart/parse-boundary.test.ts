import { expect, it } from "vitest";
import { parseMediaType } from "../../base/media-type.js";
import { parseBoundary } from "./parse-boundary.js";

const long = "x".repeat(70);
const cases: readonly { given: string; want: string | undefined }[] = [
  { given: "multipart/form-data; boundary=B", want: "B" },
  { given: 'multipart/form-data; charset=utf-8; Boundary="a b"', want: "a b" },
  { given: 'multipart/mixed; boundary="a:b?c/d=e@{}"', want: "a:b?c/d=e@{}" },
  { given: `multipart/form-data; boundary=${long}`, want: long },
  { given: `multipart/form-data; boundary=${long}x`, want: undefined },
  { given: "multipart/form-data", want: undefined },
  { given: 'multipart/form-data; boundary=""', want: undefined },
  { given: 'multipart/form-data; boundary="a "', want: undefined },
  { given: 'multipart/form-data; boundary="é"', want: undefined },
  { given: 'multipart/form-data; boundary="a\tb"', want: undefined },
];

for (const { given, want } of cases) {
  it(`${given} → ${want ?? "refused"}`, () => {
    const media = parseMediaType(given);
    if (media === undefined) throw new Error("no media type");
    if (want === undefined) expect(() => parseBoundary(media)).toThrow("boundary");
    else expect(parseBoundary(media)).toBe(want);
  });
}
