// What the client writes in application/x-www-form-urlencoded bodies, in JSON and in raw ones.
import { describe, expect, it } from "vitest";
import { part } from "../../src/client.js";
import { encoded, refused, roundTrip } from "./encoded.js";
import { jsonContent, urlencodedContent } from "./wall.js";

const text = { type: "string" };
const words = { type: "array", items: text };
const color = { type: "object", properties: { R: { type: "integer" }, G: { type: "integer" } } };
const octets = new Uint8Array([0xfb, 0xff, 0xfe]);

const cases = [
  {
    name: "S-09 delimiters are not percent-encoded, what is between them is",
    properties: { csv: words },
    encoding: { csv: { explode: false } },
    value: { csv: ["1,2", "3&4", "é"] },
    want: "csv=1%2C2,3%264,%C3%A9",
  },
  {
    name: "S-09 spaces and bars delimit as URLs have them",
    properties: { s: words, p: words },
    encoding: { s: { style: "spaceDelimited" }, p: { style: "pipeDelimited" } },
    value: { s: ["a", "b"], p: ["c+", "d"] },
    want: "s=a%20b&p=c%2B%7Cd",
  },
  {
    name: "S-09 deepObject escapes its brackets",
    properties: { d: color },
    encoding: { d: { style: "deepObject" } },
    value: { d: { R: 1 } },
    want: "d%5BR%5D=1",
  },
  {
    name: "S-07 members of an exploded object are pairs of their own",
    properties: { c: color },
    encoding: { c: { style: "form" } },
    value: { c: { R: 1, G: 2 } },
    want: "R=1&G=2",
  },
  {
    name: "S-09 allowReserved leaves what means nothing in pairs",
    properties: { url: text, csv: words },
    encoding: { url: { allowReserved: true }, csv: { allowReserved: true, explode: false } },
    value: { url: "http://x/?a=1&b=[é]+%", csv: ["a,b", "c/d"] },
    want: "url=http://x/?a%3D1%26b%3D[%C3%A9]%2B%25&csv=a%2Cb,c/d",
  },
  {
    name: "F-02 an object without a style is JSON",
    properties: { address: { type: "object" } },
    value: { address: { zip: "1 2" } },
    want: "address=%7B%22zip%22%3A%221+2%22%7D",
  },
  {
    name: "F-03 a text is unquoted, and quoted where its contentType is JSON",
    properties: { id: text, json: text },
    encoding: { json: { contentType: "application/json" } },
    value: { id: "x", json: "x" },
    want: "id=x&json=%22x%22",
  },
  {
    name: "F-04 an array without a style is one pair per item",
    properties: { tags: words },
    value: { tags: ["a", "b"] },
    want: "tags=a&tags=b",
  },
  {
    name: "F-06 everything is escaped but what WHATWG leaves, a space is a plus",
    properties: { t: text },
    value: { t: "~!*'()-._ 🐎a\r\n" },
    want: "t=%7E%21*%27%28%29-._+%F0%9F%90%8Ea%0D%0A",
  },
  {
    name: "S-11 nothing is written of what is undefined",
    properties: { a: words, b: words, c: color, d: text, e: text },
    encoding: { a: { explode: false } },
    value: { a: [], b: [], d: null, e: "" },
    want: "e=",
    read: { e: "" },
  },
  {
    name: "E-10 headers have no place in pairs",
    properties: { t: text },
    encoding: { t: { headers: { "X-A": { required: true, schema: {} } } } },
    value: { t: "x" },
    want: "t=x",
  },
];

describe("pairs", () => {
  it.each(cases)("$name", async ({ properties, encoding, value, want, read = value }) => {
    const api = { content: urlencodedContent(properties, encoding) };
    const written = await encoded(api, value);
    expect(written).toMatchObject({ text: want, length: String(want.length) });
    expect(written.type).toBe("application/x-www-form-urlencoded");
    expect((await roundTrip(api, value)).value).toEqual(read);
  });

  it.each(["spaceDelimited", "pipeDelimited"])(
    "S-09 what holds the delimiter of %s is refused, escaped or not it would be cut there",
    (style) => {
      const api = { content: urlencodedContent({ v: words }, { v: { style } }) };
      const fault = refused(api, { v: ["a b|c", "d"] });
      expect(fault).toMatchObject({ code: "invalid-value", pointer: "/v" });
    },
  );
});

function file(contentEncoding: string): object {
  return { type: "string", contentEncoding };
}

it("F-02 an object that could be read as a text only is refused", () => {
  const schema = { anyOf: [{ type: "string" }, { type: ["object", "string"] }] };
  const fault = refused({ content: urlencodedContent({ v: schema }) }, { v: { a: 1 } });
  expect(fault).toMatchObject({ code: "invalid-value", pointer: "/v" });
});

describe("files as text", () => {
  it.each([
    ["base64", "%2B%2F%2F%2B"],
    ["base64url", "-__-"],
    ["base16", "FBFFFE"],
  ])("F-05 a file in a pair is %s", async (encoding, want) => {
    const api = { content: urlencodedContent({ icon: file(encoding) }) };
    for (const icon of [octets, new Blob([octets]), new Response(octets).body]) {
      expect((await encoded(api, { icon })).text).toBe(`icon=${want}`);
    }
    expect((await roundTrip(api, { icon: octets })).value).toMatchObject({
      icon: { file: "ûÿþ" },
    });
  });

  it("F-05 padding is escaped", async () => {
    const api = { content: urlencodedContent({ icon: file("base64") }) };
    expect((await encoded(api, { icon: octets.subarray(0, 1) })).text).toBe("icon=%2Bw%3D%3D");
  });

  it("F-05 files within JSON in a pair are text too", async () => {
    const properties = { f: file("base64url") };
    const api = { content: urlencodedContent({ o: { type: "object", properties } }) };
    expect(decodeURIComponent((await encoded(api, { o: { f: octets } })).text)).toBe(
      'o={"f":"-__-"}',
    );
  });

  it.each(["base64", "base64url", "base32", "base32hex", "base16", "quoted-printable"])(
    "B-03 a file in JSON is %s, of known length where that does not depend on its octets",
    async (encoding) => {
      const api = { content: jsonContent({ f: file(encoding) }) };
      const value = { f: new Blob(['"\\=é\r\n \r\n']) };
      const { length, body } = await encoded(api, value);
      expect(length).toBe(encoding === "quoted-printable" ? undefined : String(body.length));
      expect((await roundTrip(api, value)).value).toMatchObject({ f: { file: '"\\=Ã©\r\n \r\n' } });
    },
  );
});

describe("raw bodies", () => {
  const images = { content: { "image/*": {} } };

  it("E-09 a range of media types needs a choice", async () => {
    expect(refused(images, octets)).toEqual({
      code: "invalid-value",
      detail: "Say the media type: one of image/*.",
      pointer: "",
    });
    const said = await encoded(images, octets, { mediaType: "image/webp" });
    expect(said).toMatchObject({ type: "image/webp", text: "ûÿþ", length: "3" });
    expect(await encoded(images, part(octets, { mediaType: "image/gif" }))).toMatchObject({
      type: "image/gif",
    });
  });

  it("E-06 a file of another type than the document's is refused", () => {
    const pdf = new Blob([octets], { type: "application/pdf" });
    expect(refused(images, pdf).detail).toContain("expected image/*");
    expect(refused(images, octets, { mediaType: "text/css" }).code).toBe("unsupported-media-type");
  });

  it("E-06 any file is octet-stream where the document says so", async () => {
    const api = { content: { "application/octet-stream": {} } };
    const png = new Blob([octets], { type: "image/png" });
    expect((await encoded(api, png)).type).toBe("application/octet-stream");
  });

  it("B-03 an encoded one is encoded", async () => {
    const schema = { type: "string", contentEncoding: "base64" };
    const api = { content: { "image/png": { schema } } };
    expect(await encoded(api, octets)).toMatchObject({ text: "+//+", length: "4" });
  });
});

it("B-09 what is read-only stays at home, in JSON and in forms", async () => {
  const properties = { id: { type: "integer", readOnly: true }, a: text };
  const value = { id: 1, a: "x" };
  expect((await encoded({ content: jsonContent(properties) }, value)).text).toBe('{"a":"x"}');
  expect((await encoded({ content: urlencodedContent(properties) }, value)).text).toBe("a=x");
});
