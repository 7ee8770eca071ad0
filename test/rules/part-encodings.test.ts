// E-16 to E-20: how the octets of a part are encoded, and in which charset its text is.
import { describe, expect, it } from "vitest";
import {
  formContent,
  multipart,
  send,
  urlencoded,
  urlencodedContent,
  type Api,
  type Part,
} from "./wall.js";

const base64 = { type: "string", contentEncoding: "base64" };
const latin1 = (text: string): Buffer => Buffer.from(text, "latin1");

function post(
  schema: object,
  part: Omit<Part, "name">,
  openapi = "3.1.2",
  encoding?: object,
  options: Api["options"] = {},
) {
  const content = formContent({ it: schema }, encoding && { it: encoding });
  return send({ openapi, content, options }, multipart([{ name: "it", ...part }]));
}

function transfer(said: string, body: string): Omit<Part, "name"> {
  return { headers: { "Content-Transfer-Encoding": said }, body };
}

describe("Content-Transfer-Encoding", () => {
  it("E-16 says the same as contentEncoding: the octets are decoded once", async () => {
    const want = { status: 200, value: { it: { file: "aGk=" } } };
    expect(await post(base64, transfer("base64", "YUdrPQ=="))).toMatchObject(want);
    expect(await post(base64, { body: "YUdrPQ==" })).toMatchObject(want);
    expect(
      await post({ type: "string", format: "byte" }, transfer("BASE64", "YUdrPQ=="), "3.0.4"),
    ).toMatchObject(want);
  });

  it("E-16 wins over a contentEncoding that is another, and is not decoded again", async () => {
    expect(await post(base64, transfer("quoted-printable", "=61GVs"))).toMatchObject({
      value: { it: { file: "aGVs" } },
    });
  });

  it("E-16 may be required as a header of the part", async () => {
    const headers = {
      "Content-Transfer-Encoding": { required: true, schema: { const: "base64" } },
    };
    expect(await post(base64, transfer("base64", "aGk="), "3.1.2", { headers })).toMatchObject({
      value: { it: { file: "hi" } },
    });
    expect(await post(base64, { body: "aGk=" }, "3.1.2", { headers })).toMatchObject({
      status: 400,
      errors: [{ code: "missing-part-header", pointer: "/it" }],
    });
  });

  it("E-17 is undone in texts, JSON and raw files, across its line breaks", async () => {
    const object = { type: "object", properties: { a: { type: "integer" } } };
    expect(await post({ type: "string" }, transfer("base64", "aGVs\r\nbG8="))).toMatchObject({
      value: { it: "hello" },
    });
    expect(await post(object, transfer("base64", "eyJhIjo1fQ=="))).toMatchObject({
      value: { it: { a: 5 } },
    });
    expect(await post({}, transfer("quoted-printable", "a=3Db=\r\nc"))).toMatchObject({
      value: { it: { file: "a=bc" } },
    });
    expect(await post({}, transfer("8bit", "a=3D"))).toMatchObject({
      value: { it: { file: "a=3D" } },
    });
  });

  it("E-17 is not needed where contentEncoding is described: the part is the encoded text", async () => {
    expect(await post(base64, { body: "aGVs\r\nbG8=" })).toMatchObject({
      value: { it: { file: "hello" } },
    });
  });

  it("E-17 holds the part to it: raw octets are a fault with their place, in a file as well", async () => {
    const raw = { ...transfer("base64", "%PDF-1.7"), filename: "a.pdf", type: "application/pdf" };
    expect(await post(base64, raw)).toMatchObject({
      status: 400,
      errors: [
        {
          code: "malformed-encoding",
          pointer: "/it",
          part: { name: "it" },
          offset: expect.any(Number),
        },
      ],
    });
    expect(await post({}, transfer("base64", "%PDF-1.7"))).toMatchObject({
      status: 400,
      errors: [{ code: "malformed-encoding", pointer: "/it" }],
    });
  });

  it("E-17 raw octets are taken from what is clearly a file, unless the option says not to", async () => {
    const raw = { filename: "a.pdf", type: "application/pdf", body: "%PDF-1.7" };
    expect(await post(base64, raw)).toMatchObject({ value: { it: { file: "%PDF-1.7" } } });
    const strict = { body: { lenientFiles: false } };
    expect(await post(base64, raw, "3.1.2", undefined, strict)).toMatchObject({
      status: 400,
      errors: [{ code: "malformed-encoding", pointer: "/it", offset: expect.any(Number) }],
    });
    expect(await post(base64, { body: "%PDF-1.7" })).toMatchObject({
      status: 400,
      errors: [{ code: "malformed-encoding", pointer: "/it", offset: expect.any(Number) }],
    });
  });

  it("E-17 what has begun as encoded text is held to it", async () => {
    const text = `${"aGVsbG8h".repeat(20)}%`;
    expect(await post(base64, { filename: "a.b64", body: text })).toMatchObject({
      status: 400,
      errors: [{ code: "malformed-encoding", pointer: "/it" }],
    });
  });

  it("E-17 refuses an encoding that it does not know", async () => {
    expect(await post(base64, transfer("uuencode", "x"))).toMatchObject({
      status: 400,
      errors: [
        {
          code: "malformed-encoding",
          detail: 'The Content-Transfer-Encoding "uuencode" is not known.',
        },
      ],
    });
  });
});

describe("contentMediaType", () => {
  it("E-18 gives way to the contentType of the Encoding Object", async () => {
    const csv = { type: "string", contentMediaType: "text/csv" };
    const type = "text/tab-separated-values";
    const encoding = { contentType: type };
    expect(await post(csv, { type, body: "a\tb" }, "3.1.2", encoding)).toMatchObject({
      value: { it: "a\tb" },
    });
    expect(await post(csv, { type: "text/csv", body: "a,b" }, "3.1.2", encoding)).toMatchObject({
      errors: [{ code: "part-type-not-allowed" }],
    });
  });

  it("E-18 is the part's content type where nothing else says one: what is no text is a file", async () => {
    for (const contentMediaType of ["application/octet-stream", "application/pdf, image/*"])
      expect(await post({ type: "string", contentMediaType }, { body: "%PDF-1.7" })).toMatchObject({
        value: { it: { file: "%PDF-1.7" } },
      });
  });

  it("E-18 is ignored when the option says so: the table of defaults holds alone", async () => {
    const options = { body: { contentMediaType: "ignore" } } as const;
    const plain = { type: "string", contentMediaType: "application/octet-stream" };
    expect(await post(plain, { body: "hello" }, "3.1.2", undefined, options)).toMatchObject({
      value: { it: "hello" },
    });
    for (const schema of [
      { contentMediaType: "image/png" },
      { ...base64, contentMediaType: "image/png" },
    ])
      expect(await post(schema, { body: "aGk=" }, "3.1.2", undefined, options)).toMatchObject({
        status: 200,
        value: { it: { mediaType: "text/plain" } },
      });
    const encoding = { contentType: "application/pdf" };
    expect(await post(plain, { body: "%PDF-1.7" }, "3.1.2", encoding, options)).toMatchObject({
      value: { it: { file: "%PDF-1.7" } },
    });
  });

  it("E-19 without an encoding leaves a string what it is", async () => {
    const csv = { type: "string", contentMediaType: "text/csv" };
    expect(await post(csv, { body: "a,b" })).toMatchObject({ status: 200, value: { it: "a,b" } });
    const json = { type: "string", contentMediaType: "application/json" };
    for (const type of [undefined, "application/json"])
      expect(await post(json, { ...(type ? { type } : {}), body: '{"a":5}' })).toMatchObject({
        status: 200,
        value: { it: '{"a":5}' },
      });
  });
});

/** A form whose text says nothing of its charset, with this `_charset_` before it. */
function labelled(charset: string) {
  const parts = [
    { name: "_charset_", body: charset },
    { name: "a", body: "Grüße" },
  ];
  return send({ content: formContent({ a: { type: "string" } }) }, multipart(parts));
}

describe("charsets of texts", () => {
  const strings = { a: { type: "string" }, b: { type: "string" } };
  const label = { name: "_charset_", body: "iso-8859-1" };
  const greeting = latin1("Gr\xfc\xdfe");

  it("E-20 a part's own charset is honoured", async () => {
    expect(
      await post({ type: "string" }, { type: "text/plain; charset=iso-8859-1", body: greeting }),
    ).toMatchObject({
      value: { it: "Grüße" },
    });
    expect(await post({ type: "string" }, { body: "Grüße" })).toMatchObject({
      value: { it: "Grüße" },
    });
  });

  it("E-20 octets that are no text in their charset are a fault", async () => {
    expect(await post({ type: "string" }, { body: greeting })).toMatchObject({
      status: 400,
      errors: [{ code: "malformed-encoding", pointer: "/it", part: { name: "it", index: 0 } }],
    });
  });

  it("E-20 _charset_ counts wherever it stands, and is no property", async () => {
    const text = { name: "a", body: greeting };
    for (const parts of [
      [label, text],
      [text, label],
    ])
      expect(
        await send(
          { content: formContent(strings, undefined, { additionalProperties: false }) },
          multipart(parts),
        ),
      ).toMatchObject({
        status: 200,
        value: { a: "Grüße" },
      });
  });

  it("E-20 the part's own charset wins over _charset_", async () => {
    const own = { name: "a", type: "text/plain; charset=utf-8", body: "Grüße" };
    for (const parts of [
      [label, own],
      [own, label],
    ])
      expect(await send({ content: formContent(strings) }, multipart(parts))).toMatchObject({
        value: { a: "Grüße" },
      });
  });

  it("E-20 texts that wait for _charset_ keep their places", async () => {
    const content = formContent(
      {
        list: { type: "array", items: { type: "string" } },
        csv: { type: "array", items: { type: "string" } },
        deep: { type: "object", properties: { x: { type: "string" } } },
      },
      { csv: { explode: false }, deep: { style: "deepObject" } },
    );
    const parts = [
      { name: "list", body: greeting },
      { name: "list", body: "b" },
      { name: "csv", body: latin1("\xfc,b") },
      { name: "deep[x]", body: latin1("\xfc") },
      label,
      { name: "list", body: latin1("\xdf") },
    ];
    expect(await send({ content }, multipart(parts))).toMatchObject({
      status: 200,
      value: { list: ["Grüße", "b", "ß"], csv: ["ü", "b"], deep: { x: "ü" } },
    });
  });

  it("E-20 what is wrong with a text that waited is told with its place", async () => {
    const content = formContent({ a: { type: "string" }, n: { type: "integer" } });
    const parts = [
      { name: "n", body: latin1("\xb2") },
      { name: "a", body: latin1("\xfc") },
      { name: "_charset_", body: "utf-8" },
    ];
    expect(await send({ content }, multipart(parts))).toMatchObject({
      status: 400,
      errors: [
        { code: "malformed-encoding", pointer: "/n", part: { name: "n", index: 0 } },
        { code: "malformed-encoding", pointer: "/a", part: { name: "a", index: 1 } },
      ],
    });
    const inLatin1 = [...parts.slice(0, 2), label];
    expect(await send({ content }, multipart(inLatin1))).toMatchObject({
      errors: [{ code: "invalid-value", pointer: "/n", part: { name: "n", index: 0 } }],
    });
  });

  it("E-20 a property named _charset_ is both", async () => {
    const content = formContent({ ...strings, _charset_: { type: "string" } });
    expect(
      await send({ content }, multipart([{ name: "a", body: greeting }, label])),
    ).toMatchObject({
      value: { a: "Grüße", _charset_: "iso-8859-1" },
    });
  });

  it("E-20 an unknown _charset_ is a fault, an empty one says nothing", async () => {
    expect(await labelled("klingon")).toMatchObject({
      status: 400,
      errors: [
        {
          code: "malformed-encoding",
          pointer: "/_charset_",
          detail: 'The charset "klingon" is not known.',
        },
      ],
    });
    expect(await labelled("")).toMatchObject({ status: 200, value: { a: "Grüße" } });
  });

  it("E-20 _charset_ says nothing of JSON and of files", async () => {
    const content = formContent({ json: { type: "object" }, file: {} });
    const parts = [
      label,
      { name: "json", body: '{"a":"ü"}' },
      { name: "file", type: "text/plain", body: greeting },
    ];
    expect(await send({ content }, multipart(parts))).toMatchObject({
      value: { json: { a: "ü" }, file: { file: "Gr\xfc\xdfe" } },
    });
  });

  it("E-20 _charset_ counts in urlencoded bodies as well, before and after", async () => {
    const content = urlencodedContent(
      { ...strings, csv: { type: "array", items: { type: "string" } } },
      { csv: { explode: false } },
    );
    for (const body of [
      "_charset_=iso-8859-1&a=Gr%FC%DFe&csv=%FC,b",
      "a=Gr%FC%DFe&csv=%FC,b&_charset_=iso-8859-1",
    ])
      expect(await send({ content }, urlencoded(body))).toMatchObject({
        status: 200,
        value: { a: "Grüße", csv: ["ü", "b"] },
      });
    expect(await send({ content }, urlencoded("a=Gr%FC%DFe"))).toMatchObject({
      status: 400,
      errors: [{ code: "malformed-encoding", pointer: "/a" }],
    });
  });

  it("E-20 the contentType may fix the charset of a part that says none", async () => {
    const object = { type: "object", properties: { a: { type: "string" } } };
    const xml = latin1("<it><a>\xfc</a></it>");
    const encoding = { contentType: "application/xml; charset=iso-8859-1" };
    for (const type of [undefined, "application/xml"])
      expect(
        await post(object, { ...(type ? { type } : {}), body: xml }, "3.1.2", encoding),
      ).toMatchObject({
        value: { it: { a: "ü" } },
      });
    const utf8 = { contentType: "application/xml; charset=utf-8" };
    expect(await post(object, { body: "<it><a>ü</a></it>" }, "3.1.2", utf8)).toMatchObject({
      value: { it: { a: "ü" } },
    });
    expect(
      await post(object, { type: "application/xml; charset=iso-8859-1", body: xml }, "3.1.2", utf8),
    ).toMatchObject({
      status: 400,
      errors: [{ code: "part-type-not-allowed" }],
    });
  });

  it("E-20 the charset that the document fixes wins over _charset_", async () => {
    const content = formContent(strings, { a: { contentType: "text/plain; charset=utf-8" } });
    expect(
      await send(
        { content },
        multipart([label, { name: "a", body: "ü" }, { name: "b", body: latin1("\xfc") }]),
      ),
    ).toMatchObject({
      value: { a: "ü", b: "ü" },
    });
  });
});
