// J: the encodings themselves. Through a request what a request shows; policies in one table.
import { describe, expect, it } from "vitest";
import {
  createByteDecoder,
  createByteEncoder,
  type ContentEncoding,
  type DecodingPolicy,
} from "../../src/encoding.js";
import { formContent, json, jsonContent, multipart, send } from "./wall.js";

/** What RFC 4648 §10 gives for `foobar`, and RFC 2045 for itself. */
const foobar: readonly (readonly [ContentEncoding, string])[] = [
  ["base64", "Zm9vYmFy"],
  ["base64url", "Zm9vYmFy"],
  ["base32", "MZXW6YTBOI======"],
  ["base32hex", "CPNMUOJ1E8======"],
  ["base16", "666F6F626172"],
  ["quoted-printable", "foobar"],
];

function sendText(contentEncoding: string, text: string) {
  const content = jsonContent({ a: { type: "string", contentEncoding } });
  return send({ content }, json({ a: text }));
}

it.each(foobar)("J-10 %s is a file in JSON, wherever the body is cut", async (encoding, text) => {
  expect(await sendText(encoding, text)).toMatchObject({
    status: 200,
    value: { a: { file: "foobar" } },
  });
});

it.each(foobar)("J-10 %s goes both ways", (encoding, text) => {
  const octets = new TextEncoder().encode("foobar");
  expect(new TextDecoder().decode(encodeBytes(octets, encoding))).toBe(text);
  expect(new TextDecoder().decode(decodeBytes(new TextEncoder().encode(text), encoding))).toBe(
    "foobar",
  );
});

describe("strictness", () => {
  it.each([
    { rule: "a character outside the alphabet", encoding: "base64", text: "Zm9%YmFy", offset: 9 },
    { rule: "a line feed in JSON", encoding: "base64", text: "Zm9v\nYmFy", offset: 10 },
    { rule: "a letter of base64url in base64", encoding: "base64", text: "_-8=", offset: 6 },
    { rule: "a letter of base64 in base64url", encoding: "base64url", text: "/+8=", offset: 6 },
    { rule: "lower case in base32", encoding: "base32", text: "mzxw6===", offset: 6 },
  ])("J-11 $rule is refused, with its place", async ({ encoding, text, offset }) => {
    const answer = await sendText(encoding, text);
    expect(answer).toMatchObject({
      status: 400,
      errors: [{ code: "malformed-encoding", pointer: "/a", offset }],
    });
  });

  it("J-04 in JSON base64 is that of RFC 4648, in a part that of MIME, which has lines", async () => {
    const lines = "Zm9v\r\nYmFy";
    expect((await sendText("base64", lines)).status).toBe(400);
    const content = formContent({ a: { type: "string", contentEncoding: "base64" } });
    const answer = await send({ content }, multipart([{ name: "a", body: lines }]));
    expect(answer).toMatchObject({ status: 200, value: { a: { file: "foobar" } } });
  });

  it("J-12 requests may leave the padding out", async () => {
    for (const text of ["Zm8=", "Zm8"])
      expect(await sendText("base64", text)).toMatchObject({ value: { a: { file: "fo" } } });
  });

  const policies: readonly [string, ContentEncoding, DecodingPolicy, string, string | undefined][] =
    [
      ["J-12 base64 wants its padding", "base64", {}, "Zg", undefined],
      ["J-12 base64url does not", "base64url", {}, "Zg", "f"],
      ["J-12 padding may be optional", "base64", { padding: "optional" }, "Zg", "f"],
      ["J-12 padding may be forbidden", "base64url", { padding: "forbidden" }, "Zg==", undefined],
      ["J-13 pad bits may be anything", "base64", {}, "Zh==", "f"],
      ["J-13 or must be zero", "base64", { canonical: true }, "Zh==", undefined],
      ["J-04 line breaks are not skipped", "base64", {}, "Z\r\ng==", undefined],
      ["J-04 unless MIME's are meant", "base64", { lineBreaks: true }, "Z\r\ng==", "f"],
    ];
  it.each(policies)("%s", (_, encoding, policy, text, want) => {
    const decode = () =>
      new TextDecoder().decode(decodeBytes(new TextEncoder().encode(text), encoding, policy));
    if (want === undefined) expect(decode).toThrow();
    else expect(decode()).toBe(want);
  });
});

it.each(["666F6F", "666f6f", "666F6f"])("J-14 base16 is read in any case: %s", async (text) => {
  expect(await sendText("base16", text)).toMatchObject({
    status: 200,
    value: { a: { file: "foo" } },
  });
});

describe("quoted-printable", () => {
  it.each([
    { text: "a=3Db=\r\nc", want: "a=bc" },
    { text: "a=3db", want: "a=b" },
    { text: "a \t\r\nb", want: "a\r\nb" },
    { text: "caf=C3=A9", want: "caf\u00c3\u00a9" },
  ])("J-15 $text is read as $want", async ({ text, want }) => {
    expect(await sendText("quoted-printable", text)).toMatchObject({
      value: { a: { file: want } },
    });
  });

  it("J-15 is written in lines of up to 76 columns, without white space at their ends", () => {
    const octets = new TextEncoder().encode(`${"=".repeat(100)} \t\r\nend `);
    const text = new TextDecoder().decode(encodeBytes(octets, "quoted-printable"));
    for (const line of text.split("\r\n")) {
      expect(line.length).toBeLessThanOrEqual(76);
      expect(line).not.toMatch(/[ \t]$/);
    }
    expect(decodeBytes(new TextEncoder().encode(text), "quoted-printable")).toEqual(octets);
  });
});

function decodeBytes(
  text: Uint8Array,
  encoding: ContentEncoding,
  policy?: DecodingPolicy,
): Uint8Array {
  const decoder = createByteDecoder(encoding, policy);
  return new Uint8Array(Buffer.concat([decoder.write(text, 0), decoder.end(text.length)]));
}

function encodeBytes(octets: Uint8Array, encoding: ContentEncoding): Uint8Array {
  const encoder = createByteEncoder(encoding);
  return new Uint8Array(Buffer.concat([encoder.write(octets), encoder.end()]));
}
