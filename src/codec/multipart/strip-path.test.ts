import { expect, it } from "vitest";
import { stripPath } from "./strip-path.js";

const cases: readonly { given: string; want: string }[] = [
  { given: "a.txt", want: "a.txt" },
  { given: "../../etc/passwd", want: "passwd" },
  { given: "C:\\dir\\new.txt", want: "new.txt" },
  { given: "a/b\\c.txt", want: "c.txt" },
  { given: "žluť 🐎.pdf", want: "žluť 🐎.pdf" },
  { given: "a\0b\r\n\u007f\u0085c", want: "abc" },
  { given: "\u202egpj.exe", want: "gpj.exe" },
  { given: "", want: "file" },
  { given: ".", want: "file" },
  { given: "..", want: "file" },
  { given: "a/.\0.", want: "file" },
  { given: "dir/", want: "file" },
  { given: " ", want: "file" },
  { given: "...", want: "..." },
  { given: ".profile", want: ".profile" },
  { given: "CON", want: "_CON" },
  { given: "lpt1.txt", want: "_lpt1.txt" },
  { given: "com0.txt", want: "com0.txt" },
  { given: "console.log", want: "console.log" },
];

for (const { given, want } of cases) {
  it(`${JSON.stringify(given)} → ${want}`, () => expect(stripPath(given)).toBe(want));
}
