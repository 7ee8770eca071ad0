import { describe, expect, it } from "vitest";
import { encodePieces, latin1 } from "./byte-codec.cases.js";
import { createByteEncoder } from "./byte-encoder.js";
import { everyCut } from "./every-cut.cases.js";

describe("quoted-printable, at every cut (RFC 2045 §6.7)", () => {
  const cases = [
    { given: "a=b", want: "a=3Db" },
    { given: "caf\xc3\xa9", want: "caf=C3=A9" },
    { given: "a b\tc", want: "a b\tc" },
    { given: "a \r\nb\t\r\n", want: "a=20\r\nb=09\r\n" },
    { given: "a  ", want: "a =20" },
    { given: "a\rb\nc\r", want: "a=0Db=0Ac=0D" },
    { given: "\r\r\n\n", want: "=0D\r\n=0A" },
    { given: "x".repeat(75), want: "x".repeat(75) },
    { given: "x".repeat(76), want: `${"x".repeat(75)}=\r\nx` },
    { given: `${"x".repeat(74)}=`, want: `${"x".repeat(74)}=\r\n=3D` },
    {
      given: `${"x".repeat(60)}\r\n${"y".repeat(60)}`,
      want: `${"x".repeat(60)}\r\n${"y".repeat(60)}`,
    },
  ];
  for (const { given, want } of cases) {
    it(JSON.stringify(given.slice(-20)), () => {
      for (const pieces of everyCut(latin1(given)))
        expect(encodePieces(createByteEncoder("quoted-printable"), pieces)).toBe(want);
    });
  }
});
