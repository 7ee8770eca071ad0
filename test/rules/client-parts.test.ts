// What the client writes in multipart bodies.
import { describe, expect, it } from "vitest";
import { part } from "../../src/client.js";
import { encoded, parts, refused, roundTrip } from "./encoded.js";
import { formContent } from "./wall.js";

const png = new Uint8Array([0x89, 0x50, 0x4e, 0x47]);
const array = (items: object): object => ({ type: "array", items });
const text = { type: "string" };

it("M-03 the client writes an array as one part per item, all with its name, in order", async () => {
  const api = { content: formContent({ ints: array({ type: "integer" }) }) };
  expect(await parts(api, { ints: [7, 8] })).toEqual([
    'name="ints"\r\n\r\n7',
    'name="ints"\r\n\r\n8',
  ]);
  expect((await roundTrip(api, { ints: [7, 8] })).value).toEqual({ ints: [7, 8] });
});

it("M-06 the client writes an array in an array as one JSON part", async () => {
  const matrix = array(array({ type: "integer" }));
  const api = { openapi: "3.2.0", content: formContent({ matrix }) };
  const value = { matrix: [[1, 2], [3]] };
  expect(await parts(api, value)).toEqual([
    'name="matrix"\r\nContent-Type: application/json\r\n\r\n[1,2]',
    'name="matrix"\r\nContent-Type: application/json\r\n\r\n[3]',
  ]);
  expect((await roundTrip(api, value)).value).toEqual(value);
});

it("M-06 the client writes an object as one JSON part, typed and without a filename", async () => {
  const api = { content: formContent({ meta: { type: "object" } }) };
  expect(await parts(api, { meta: { a: ["x"] } })).toEqual([
    'name="meta"\r\nContent-Type: application/json\r\n\r\n{"a":["x"]}',
  ]);
});

describe("M-17 null", () => {
  const api = {
    content: formContent({
      number: { type: ["integer", "null"] },
      text: { type: ["string", "null"] },
      json: { type: ["object", "null"] },
      many: array({ type: ["integer", "null"] }),
    }),
  };
  const value = { number: null, text: null, json: null };

  it("M-17 the client leaves a property out that is null", async () => {
    expect(await parts(api, { ...value, many: [1] })).toEqual(['name="many"\r\n\r\n1']);
  });

  it("M-17 `nulls: empty` writes it where the schema can tell it from a text", async () => {
    expect((await roundTrip(api, value, { nulls: "empty" })).value).toEqual({
      number: null,
      json: null,
    });
  });

  it("M-17 a null item is written where it can be told, and refused elsewhere", async () => {
    expect((await roundTrip(api, { many: [1, null, 3] })).value).toEqual({ many: [1, null, 3] });
    const strings = { content: formContent({ many: array(text) }) };
    expect(refused(strings, { many: ["a", null] })).toMatchObject({
      code: "invalid-value",
      pointer: "/many/1",
    });
  });
});

function styled(schema: object, encoding: object): { content: object } {
  return { content: formContent({ v: schema }, { v: encoding }) };
}

describe("styles in form-data", () => {
  const words = array(text);
  const color = {
    type: "object",
    properties: { R: { type: "integer" }, G: { type: "integer" } },
  };
  const cases = [
    {
      name: "S-06 pieces are not percent-encoded, delimiters stand as they are",
      api: styled(words, { style: "pipeDelimited" }),
      value: ["a%7Cb", "c&d=é"],
      want: ['name="v"\r\n\r\na%7Cb|c&d=Ã©'],
    },
    {
      name: "S-06 allowReserved changes nothing",
      api: styled(words, { allowReserved: true, explode: false }),
      value: ["a/b?", "c"],
      want: ['name="v"\r\n\r\na/b?,c'],
    },
    {
      name: "S-06 the space delimits",
      api: styled(words, { style: "spaceDelimited" }),
      value: ["a", "b"],
      want: ['name="v"\r\n\r\na b'],
    },
    {
      name: "S-07 each member of an exploded object is a part of its name",
      api: styled(color, { style: "form" }),
      value: { R: 1, G: 2 },
      want: ['name="R"\r\n\r\n1', 'name="G"\r\n\r\n2'],
    },
    {
      name: "S-07 without explode the object is one part",
      api: styled(color, { explode: false }),
      value: { R: 1, G: 2 },
      want: ['name="v"\r\n\r\nR,1,G,2'],
    },
    {
      name: "S-08 deepObject names each member in brackets",
      api: styled(color, { style: "deepObject" }),
      value: { R: 1, G: 2 },
      want: ['name="v[R]"\r\n\r\n1', 'name="v[G]"\r\n\r\n2'],
    },
  ];
  it.each(cases)("$name", async ({ api, value, want }) => {
    expect(await parts(api, { v: value })).toEqual(want);
    expect((await roundTrip(api, { v: value })).value).toEqual({ v: value });
  });

  it.each([
    { style: "form", explode: false, value: ["a,b"] },
    { style: "spaceDelimited", explode: false, value: ["a b"] },
    { style: "pipeDelimited", explode: false, value: ["a|b", "c"] },
  ])("S-06 what holds the delimiter of $style is refused", ({ value, ...encoding }) => {
    const { code, pointer, detail } = refused(styled(words, encoding), { v: value });
    expect({ code, pointer }).toEqual({ code: "invalid-value", pointer: "/v" });
    expect(detail).toContain(JSON.stringify(value[0]));
  });

  it("S-11 empty arrays and objects and members that are null are left out, an empty text is not", async () => {
    const content = formContent(
      { words, empty: words, color, none: color, text },
      { words: { explode: false }, empty: { explode: false }, color: { explode: false } },
    );
    const value = { words: ["", null, "a"], empty: [], color: { R: null }, none: {}, text: "" };
    expect(await parts({ content }, { ...value, gone: undefined })).toEqual([
      'name="words"\r\n\r\n,a',
      'name="none"\r\nContent-Type: application/json\r\n\r\n{}',
      'name="text"\r\n\r\n',
    ]);
  });

  it("S-11 a list of one empty text cannot be told from none", () => {
    const api = styled(words, { explode: false });
    expect(refused(api, { v: [""] })).toMatchObject({ code: "invalid-value", pointer: "/v" });
  });

  it("S-12 what is deeper than one level is refused", () => {
    const deep = styled({ type: "object" }, { style: "deepObject" });
    expect(refused(deep, { v: { a: { b: 1 } } })).toMatchObject({ pointer: "/v/a" });
  });

  it("S-07 a member that has the name of a property is refused", () => {
    const content = formContent({ v: color, R: text }, { v: { style: "form" } });
    expect(refused({ content }, { v: { R: 1 } })).toMatchObject({ pointer: "/v/R" });
  });
});

describe("content types of parts", () => {
  const api = {
    content: formContent(
      { f: {}, meta: { type: "object", properties: { a: text } }, t: text },
      {
        f: { contentType: "image/png, image/jpeg" },
        meta: { contentType: "application/xml; charset=utf-8" },
        t: { contentType: "text/plain; charset=iso-8859-1" },
      },
    ),
  };

  it("E-09 of several content types the caller must say one; nothing is sniffed", () => {
    const fault = refused(api, { f: png });
    expect(fault).toEqual({
      code: "invalid-value",
      detail: "Say the media type: one of image/png, image/jpeg.",
      pointer: "/f",
    });
  });

  it.each([
    { name: "a described part", f: part(png, { mediaType: "image/png" }) },
    { name: "a file with what is known of it", f: { content: png, mediaType: "image/png" } },
    { name: "the type of a Blob", f: new Blob([png], { type: "image/png" }) },
  ])("E-09 it is said by $name", async ({ f }) => {
    expect(await parts(api, { f })).toEqual([
      'name="f"; filename="f"\r\nContent-Type: image/png\r\n\r\n\x89PNG',
    ]);
  });

  it("E-05 a type that the document does not have is refused", () => {
    const said = part(png, { mediaType: "image/gif" });
    expect(refused(api, { f: said })).toEqual({
      code: "invalid-value",
      detail: "The media type is image/gif, expected image/png, image/jpeg.",
      pointer: "/f",
    });
  });

  it("E-05 a wildcard takes any of its kind, and asks which", async () => {
    const image = { content: formContent({ f: {} }, { f: { contentType: "image/*" } }) };
    expect(refused(image, { f: png })).toMatchObject({ pointer: "/f" });
    const said = part(png, { mediaType: "image/webp", filename: "a.webp" });
    expect(await parts(image, { f: said })).toEqual([
      'name="f"; filename="a.webp"\r\nContent-Type: image/webp\r\n\r\n\x89PNG',
    ]);
  });

  it("E-09 of several types for an object too", async () => {
    const contentType = "application/json, application/vnd.x+json";
    const meta = { type: "object" };
    const two = { content: formContent({ meta }, { meta: { contentType } }) };
    expect(refused(two, { meta: {} })).toMatchObject({ code: "invalid-value", pointer: "/meta" });
    const said = part({ a: 1 }, { mediaType: "application/vnd.x+json" });
    expect(await parts(two, { meta: said })).toEqual([
      'name="meta"\r\nContent-Type: application/vnd.x+json\r\n\r\n{"a":1}',
    ]);
  });

  it("E-20 texts are written in the charset that contentType says, and objects as XML", async () => {
    const value = { meta: { a: "é" }, t: "é" };
    expect(await parts(api, value)).toEqual([
      'name="meta"\r\nContent-Type: application/xml; charset=utf-8\r\n\r\n<meta><a>Ã©</a></meta>',
      'name="t"\r\nContent-Type: text/plain; charset=iso-8859-1\r\n\r\n\xe9',
    ]);
    expect((await roundTrip(api, value)).value).toEqual(value);
    expect(refused(api, { t: "東" })).toMatchObject({ code: "invalid-value", pointer: "/t" });
  });

  it("B-09 the data says what a property without a type is", async () => {
    const content = formContent({ any: {} });
    expect(await parts({ content }, { any: new Blob(["x"]) })).toEqual([
      'name="any"; filename="any"\r\nContent-Type: application/octet-stream\r\n\r\nx',
    ]);
    expect(await parts({ content }, { any: { a: 1 } })).toEqual([
      'name="any"\r\nContent-Type: application/json\r\n\r\n{"a":1}',
    ]);
    expect(await parts({ content }, { any: "x" })).toEqual(['name="any"\r\n\r\nx']);
  });

  it("B-09 the data says which media type is sent, where nobody does", async () => {
    const schema = { type: "object", properties: { f: { contentEncoding: "base64" } } };
    const content = {
      "application/json": { schema },
      "multipart/form-data": { schema },
      "image/png": {},
    };
    expect((await encoded({ content }, { f: png })).type).toContain("multipart/form-data");
    expect((await encoded({ content }, { f: null })).type).toBe("application/json");
    expect((await encoded({ content }, png)).type).toBe("image/png");
    const said = await encoded({ content }, { f: png }, { mediaType: "application/json" });
    expect(said.text).toBe('{"f":"iVBORw=="}');
  });
});

describe("headers of parts", () => {
  const headers = {
    "X-Rate-Limit-Limit": { required: true, schema: { type: "integer" } },
    "X-Tags": { schema: array(text) },
    "X-Map": { explode: true, schema: { type: "object" } },
    "X-Never": { schema: false },
  };
  const api = { content: formContent({ f: {} }, { f: { headers } }) };

  it("E-11 are written as they are declared, style simple", async () => {
    const said = { "x-rate-limit-limit": 10, "X-Tags": ["a", "b c"], "X-Map": { r: 1, g: 2 } };
    expect(await parts(api, { f: part(png, { headers: said }) })).toEqual([
      'name="f"; filename="f"\r\nContent-Type: application/octet-stream\r\n' +
        "x-rate-limit-limit: 10\r\nX-Tags: a,b c\r\nX-Map: r=1,g=2\r\n\r\n\x89PNG",
    ]);
  });

  it("E-11 one that is required must be said", () => {
    expect(refused(api, { f: png })).toEqual({
      code: "missing-part-header",
      detail: "The part needs the header X-Rate-Limit-Limit.",
      pointer: "/f",
    });
  });

  it("E-13 one whose schema is false must not be said", () => {
    const said = { "X-Rate-Limit-Limit": 1, "X-Never": "a" };
    expect(refused(api, { f: part(png, { headers: said }) })).toMatchObject({
      code: "invalid-part-header",
      pointer: "/f",
    });
  });

  it("E-11 a value cannot write lines of its own", () => {
    const said = { "X-Rate-Limit-Limit": "1\r\nX-Evil: 2" };
    expect(refused(api, { f: part(png, { headers: said }) }).code).toBe("malformed-header");
  });
});

it("T-06 the client writes no Content-Transfer-Encoding, not for encoded files either", async () => {
  const encodings = ["base64", "quoted-printable", "base32"];
  const properties = encodings.map((contentEncoding) => [
    contentEncoding,
    { type: "string", contentEncoding },
  ]);
  const content = formContent(Object.fromEntries(properties));
  const value = Object.fromEntries(encodings.map((name) => [name, new Blob(['é="'])]));
  const { text: sent } = await encoded({ content }, value);
  expect(sent.toLowerCase()).not.toContain("transfer-encoding");
  const read = await roundTrip({ content }, value);
  expect(read.value).toMatchObject(
    Object.fromEntries(encodings.map((name) => [name, { file: 'Ã©="' }])),
  );
});

it("B-09 dates and URLs are texts, Buffers are files", async () => {
  const content = formContent({ at: text, url: text, f: {} });
  const url = new URL("http://x.test/");
  expect(await parts({ content }, { at: new Date(0), url, f: Buffer.from("1") })).toEqual([
    'name="at"\r\n\r\n1970-01-01T00:00:00.000Z',
    'name="url"\r\n\r\nhttp://x.test/',
    'name="f"; filename="f"\r\nContent-Type: application/octet-stream\r\n\r\n1',
  ]);
});

it("T-07 the client writes parts in the value's order, equal names side by side and each alone", async () => {
  const content = formContent({ b: text, f: array({}), a: text });
  const value = { f: [png, new Blob(["2"])], a: "1", b: "2" };
  const names = (await parts({ content }, value)).map((each) => /name="(\w+)"/.exec(each)?.[1]);
  expect(names).toEqual(["f", "f", "a", "b"]);
});

it("M-12 the client refuses names that the schema refuses, and writes those of patterns", async () => {
  const more = { additionalProperties: false, patternProperties: { "^doc_": {} } };
  const api = { content: formContent({ a: text }, undefined, more) };
  expect(refused(api, { b: 1 })).toEqual({
    code: "unknown-property",
    detail: 'The property "b" is not known here.',
    pointer: "/b",
  });
  expect((await roundTrip(api, { doc_1: png })).value).toMatchObject({
    doc_1: { file: "\x89PNG", filename: "doc_1" },
  });
});
