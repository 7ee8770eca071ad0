import { describe, expect, it } from "vitest";
import { formatContentDisposition, parseContentDisposition } from "./content-disposition.js";

const octets = (text: string) => Buffer.from(text).toString("latin1");

describe("formatContentDisposition", () => {
  const cases: [given: string | undefined, want: string][] = [
    [undefined, "attachment"],
    ["", "attachment"],
    ["a.pdf", 'attachment; filename="a.pdf"'],
    ["two words.pdf", 'attachment; filename="two words.pdf"'],
    [
      "žluť 🐎.pdf",
      `attachment; filename="zlut _.pdf"; filename*=UTF-8''%C5%BElu%C5%A5%20%F0%9F%90%8E.pdf`,
    ],
    ['a"b\\c', `attachment; filename="c"`],
    ['a"b%41', `attachment; filename="a_b_41"; filename*=UTF-8''a%22b%2541`],
    ["it's (1)*.txt", `attachment; filename="it's (1)*.txt"`],
    ["é'(*).txt", `attachment; filename="e'(*).txt"; filename*=UTF-8''%C3%A9%27%28%2A%29.txt`],
    ["../../etc/passwd", 'attachment; filename="passwd"'],
    ["a\r\nX-Evil: 1", 'attachment; filename="aX-Evil: 1"'],
    ["a\u202egpj.exe", 'attachment; filename="agpj.exe"'],
    ["\ud800.txt", `attachment; filename="_.txt"; filename*=UTF-8''%EF%BF%BD.txt`],
  ];
  for (const [given, want] of cases) {
    it(JSON.stringify(given) ?? "none", () => {
      expect(formatContentDisposition("attachment", given)).toBe(want);
    });
  }
});

describe("parseContentDisposition", () => {
  const cases: [given: string, want: string | undefined][] = [
    ["attachment", undefined],
    ['attachment; filename="a b.pdf"', "a b.pdf"],
    ["attachment; filename=a.pdf", "a.pdf"],
    ['Inline ; FileName="a;b.pdf" ; x=y', "a;b.pdf"],
    [String.raw`attachment; filename="a\"b"`, 'a"b'],
    [`attachment; filename="a"; filename*=UTF-8''%C5%BE%20b`, "ž b"],
    ["attachment; filename*=iso-8859-1'en'%A3", "£"],
    [octets('attachment; filename="žluť.pdf"'), "žluť.pdf"],
    ['attachment; filename="\u00a3.pdf"', "£.pdf"],
    ['attachment; filename="žluť.pdf"', "žluť.pdf"],
    ['attachment; filename="/etc/passwd"', "passwd"],
    ["attachment; filename*=UTF-8''..%2F..%2Fpasswd", "passwd"],
    ['attachment; filename=""', ""],
  ];
  for (const [given, want] of cases) {
    it(given, () => expect(parseContentDisposition(given).filename).toBe(want));
  }

  const malformed = [
    "",
    '"attachment"',
    'attachment; filename="a',
    "attachment; filename",
    "attachment; filename*=a.pdf",
    "attachment; filename*=UTF-8''%C5",
    "attachment; filename*=UTF-8''%zz",
    "attachment; filename*=KOI8-R''%C5",
  ];
  for (const given of malformed) {
    it(`refuses ${given}`, () => {
      expect(() => parseContentDisposition(given)).toThrowError(
        expect.objectContaining({ code: "malformed-header" }),
      );
    });
  }

  it("reads what is written", () => {
    const name = "žluť 🐎 %41 'x'.pdf";
    const field = formatContentDisposition("inline", name);
    expect(parseContentDisposition(field)).toEqual({ type: "inline", filename: name });
  });
});
