// B-01 to B-05, B-11 to B-14: which schemas are files, and what of them is asserted of octets.
import { describe, expect, it } from "vitest";
import { createWaybill } from "../../src/index.js";
import {
  formContent,
  json,
  jsonContent,
  multipart,
  send,
  urlencoded,
  urlencodedContent,
  type Api,
  type Wire,
} from "./wall.js";

const octets = Buffer.from([0xff, 0x00, 0x41]);
const shown = { file: "\xff\x00A" };
const base64 = octets.toString("base64");

const asPart = (body: string | Uint8Array): Wire => multipart([{ name: "it", body }]);

/** The same property in a form and in JSON. */
function both(schema: object, openapi: string): { form: Api; json: Api } {
  return {
    form: { openapi, content: formContent({ it: schema }) },
    json: { openapi, content: jsonContent({ it: schema }) },
  };
}

// The linter takes an object with `then` for a promise.
function parsed(text: string): object {
  return JSON.parse(text) as object;
}

const binary = { type: "string", format: "binary" };

describe("raw octets", () => {
  const spellings = [
    { name: "3.0's", openapi: "3.0.4", schema: binary },
    { name: "3.0's in 3.1", openapi: "3.1.2", schema: binary },
    { name: "none at all", openapi: "3.1.2", schema: {} },
    {
      name: "a media type alone",
      openapi: "3.2.0",
      schema: { contentMediaType: "application/zip" },
    },
    {
      name: "FastAPI's",
      openapi: "3.1.0",
      schema: { type: "string", contentMediaType: "application/octet-stream" },
    },
    { name: "Discord's", openapi: "3.1.0", schema: { type: "string", contentEncoding: "binary" } },
  ];
  const rule: Record<string, string> = { "3.0's": "B-01", "a media type alone": "B-02" };

  const named = spellings.map(
    (each) => [`${rule[each.name] ?? "B-04"} ${each.name}`, each] as const,
  );
  it.each(named)(
    "%s is a file in a part, and base64 in JSON",
    async (_, { schema, openapi, name }) => {
      const api = both(schema, openapi);
      const body =
        name === "a media type alone" ? Buffer.from("PK\x05\x06" + "\0".repeat(18)) : octets;
      const want = { status: 200, value: { it: { file: Buffer.from(body).toString("latin1") } } };
      expect(await send(api.form, asPart(body))).toMatchObject(want);
      if (name === "none at all") return; // in JSON that is any value
      expect(
        await send(api.json, json({ it: Buffer.from(body).toString("base64") })),
      ).toMatchObject(want);
    },
  );

  it("B-02 a type beside contentMediaType alone makes no file of text", async () => {
    const { form } = both({ type: "string", contentMediaType: "text/csv" }, "3.1.2");
    expect(await send(form, asPart("a,b"))).toMatchObject({ value: { it: "a,b" } });
  });

  it("B-04 null or a file is a file", async () => {
    for (const schema of [
      { anyOf: [binary, { type: "null" }] },
      { type: ["string", "null"], format: "binary" },
    ]) {
      const api = both(schema, "3.1.2");
      expect(await send(api.form, asPart(octets))).toMatchObject({ value: { it: shown } });
      expect(await send(api.json, json({ it: null }))).toMatchObject({
        status: 200,
        value: { it: null },
      });
    }
  });
});

describe("encoded octets", () => {
  const cases = [
    { rule: "B-01", schema: { type: "string", format: "byte" }, openapi: "3.0.4", text: base64 },
    {
      rule: "B-03",
      schema: { type: "string", contentEncoding: "base64" },
      openapi: "3.1.2",
      text: base64,
    },
    {
      rule: "B-03",
      schema: { type: "string", contentEncoding: "base64url" },
      openapi: "3.1.2",
      text: "_wBB",
    },
    {
      rule: "B-03",
      schema: { type: "string", contentEncoding: "base16" },
      openapi: "3.2.0",
      text: "FF0041",
    },
    {
      rule: "B-03",
      schema: { type: "string", contentEncoding: "base32" },
      openapi: "3.2.0",
      text: "74AEC===",
    },
  ];
  const named = cases.map((each) => [each.rule, each.schema, each] as const);
  it.each(named)(
    "%s %j is decoded in parts, pairs and JSON",
    async (_rule, _schema, { schema, openapi, text }) => {
      const want = { status: 200, value: { it: shown } };
      const api = both(schema, openapi);
      expect(await send(api.form, asPart(text))).toMatchObject(want);
      expect(await send(api.json, json({ it: text }))).toMatchObject(want);
      const pairs = { openapi, content: urlencodedContent({ it: schema }) };
      expect(await send(pairs, urlencoded(`it=${encodeURIComponent(text)}`))).toMatchObject(want);
    },
  );
});

describe("assertions beside raw octets", () => {
  const zip = Buffer.from("PK\x05\x06" + "\0".repeat(18));
  const media = { contentMediaType: "application/zip" };
  const property = [
    { not: { type: "string" } },
    { not: { type: "object" } },
    { ...media, type: "string", pattern: "^a$" },
    { ...media, pattern: "^a$" },
    { ...media, enum: ["a"] },
    { ...media, const: "a" },
    { ...media, anyOf: [{ type: "string" }, { type: "object" }] },
    { ...media, ...parsed('{"if":{"type":"object"},"then":{"type":"integer"}}') },
    { allOf: [media, { type: "string" }, { pattern: "^a$" }] },
    { ...binary, pattern: "^a$", enum: ["a"], minLength: 1 },
  ];
  it.each(property)("B-05 %j on the property is not asserted", async (schema) => {
    expect(await send(both(schema, "3.1.2").form, asPart(zip))).toMatchObject({
      status: 200,
      value: { it: { file: zip.toString("latin1") } },
    });
  });

  const it_ = { it: { type: "string" } };
  const form = [
    { not: { properties: it_, required: ["it"] } },
    parsed('{"if":{"properties":{"it":{"type":"integer"}}},"then":{"required":["other"]}}'),
    { if: { properties: { it: { type: "object" } } }, else: { required: ["other"] } },
    { allOf: [{ properties: { it: { ...binary, pattern: "^a$" } } }] },
    { anyOf: [{ properties: { it: { type: "integer" } }, required: ["it"] }] },
    { dependentSchemas: { it: { properties: it_ } } },
    { unevaluatedProperties: false },
    { unevaluatedProperties: { type: "integer" } },
    { patternProperties: { "^other": { not: { type: "object" } } } },
  ];
  it.each(form)("B-05 %j on the form is not asserted of it", async (more) => {
    const content = formContent({ it: binary }, undefined, more);
    const parts = [{ name: "it", body: octets }];
    expect(await send({ content }, multipart(parts))).toMatchObject({
      status: 200,
      value: { it: shown },
    });
  });

  it("B-05 files that a pattern names are not asserted either", async () => {
    const schema = { patternProperties: { "^doc_": { not: { type: "object" } } } };
    const content = { "multipart/form-data": { schema: { type: "object", ...schema } } };
    expect(await send({ content }, multipart([{ name: "doc_1", body: octets }]))).toMatchObject({
      status: 200,
      value: { doc_1: shown },
    });
  });

  it("B-05 what does not turn on octets is asserted", async () => {
    const more = {
      not: { required: ["it", "other"] },
      ...parsed('{"if":{"required":["it"]},"then":{"required":["name"]}}'),
    };
    const content = formContent({ it: binary }, undefined, more);
    const it = { name: "it", body: octets };
    expect(await send({ content }, multipart([it, { name: "name", body: "x" }]))).toMatchObject({
      status: 200,
    });
    expect(await send({ content }, multipart([it]))).toMatchObject({
      status: 400,
      errors: [{ code: "missing-property", pointer: "/name" }],
    });
    expect(
      await send(
        { content },
        multipart([it, { name: "name", body: "x" }, { name: "other", body: "x" }]),
      ),
    ).toMatchObject({ status: 400, errors: [{ code: "invalid-value", pointer: "" }] });
  });

  it("B-05 an enumeration without a type is text", async () => {
    const { form: api } = both({ enum: ["a", "b"] }, "3.1.2");
    expect(await send(api, asPart("a"))).toMatchObject({ value: { it: "a" } });
    expect(await send(api, asPart("c"))).toMatchObject({
      errors: [{ code: "invalid-value", pointer: "/it" }],
    });
  });
});

describe("one file or several", () => {
  const several = { type: "array", items: binary, maxItems: 2 };
  const a = { name: "it", filename: "a", body: "a" };
  const b = { name: "it", filename: "b", body: "b" };

  it.each([{ oneOf: [binary, several] }, { anyOf: [several, binary] }])(
    "B-11 %j takes both",
    async (schema) => {
      const api = both(schema, "3.1.2");
      expect(await send(api.form, multipart([a]))).toMatchObject({
        status: 200,
        value: { it: { file: "a", filename: "a" } },
      });
      expect(await send(api.form, multipart([a, b]))).toMatchObject({
        status: 200,
        value: { it: [{ file: "a" }, { file: "b" }] },
      });
      expect(await send(api.form, multipart([a, b, a]))).toMatchObject({
        status: 413,
        errors: [{ code: "too-many-files", pointer: "/it/2", part: { index: 2 } }],
      });
      expect(await send(api.json, json({ it: "YQ==" }))).toMatchObject({
        value: { it: { file: "a" } },
      });
      expect(await send(api.json, json({ it: ["YQ==", "Yg=="] }))).toMatchObject({
        value: { it: [{ file: "a" }, { file: "b" }] },
      });
    },
  );

  it("B-11 a file or an object goes by the part's type", async () => {
    const schema = { oneOf: [binary, { type: "object", properties: { url: { type: "string" } } }] };
    const { json: api } = both(schema, "3.1.2");
    expect(await send(api, json({ it: "YQ==" }))).toMatchObject({ value: { it: { file: "a" } } });
    expect(await send(api, json({ it: { url: "x" } }))).toMatchObject({
      value: { it: { url: "x" } },
    });
  });

  it.each(["3.0.4", "3.1.2"])(
    "B-13 several files come as parts of a multipart body: %s",
    async (openapi) => {
      const content = formContent({ it: { type: "array", items: binary } });
      expect(await send({ openapi, content }, multipart([a, b]))).toMatchObject({
        value: {
          it: [
            { file: "a", filename: "a" },
            { file: "b", filename: "b" },
          ],
        },
      });
      const raw = { openapi, content: { "application/octet-stream": { schema: binary } } };
      expect(await send(raw, { type: "application/octet-stream", body: "ab" })).toMatchObject({
        value: { file: "ab" },
      });
    },
  );
});

describe("the media type of a body", () => {
  it("B-12 its key wins over a contentMediaType that contradicts it", async () => {
    const content = { "text/csv": { schema: { contentMediaType: "application/pdf" } } };
    expect(await send({ content }, { type: "text/csv", body: "a,b" })).toMatchObject({
      status: 200,
      value: { file: "a,b", mediaType: "text/csv" },
    });
    expect(await send({ content }, { type: "text/csv", body: "%PDF-1.7\n\xff" })).toMatchObject({
      status: 400,
      errors: [{ code: "file-type-not-allowed", pointer: "" }],
    });
  });

  it("B-12 a narrower one within a range counts", async () => {
    const content = { "*/*": { schema: { contentMediaType: "application/pdf" } } };
    expect(await send({ content }, { type: "application/pdf", body: "%PDF-1.7" })).toMatchObject({
      status: 200,
    });
    expect(await send({ content }, { type: "text/csv", body: "a,b" })).toMatchObject({
      errors: [{ code: "file-type-not-allowed" }],
    });
  });
});

it.each([
  { openapi: "3.0.4", schema: binary },
  { openapi: "3.1.2", schema: {} },
])(
  "B-14 the same holds for responses: a download is the octets ($openapi)",
  async ({ openapi, schema }) => {
    const item = { "/things/{id}": {}, "/things/{id}/pic": {} };
    const text = { type: "object", properties: { id: { type: "integer" }, pic: binary } };
    const waybill = await createWaybill({
      data: ":memory:",
      document: {
        openapi,
        info: { title: "Rules", version: "1" },
        paths: {
          "/things": {
            post: {
              requestBody: { content: { "multipart/form-data": { schema: text } } },
              responses: {
                201: { description: "", content: { "application/json": { schema: text } } },
              },
            },
          },
          ...item,
          "/things/{id}/pic": {
            get: {
              responses: { 200: { description: "", content: { "application/zip": { schema } } } },
            },
          },
          "/things/{id}": {
            get: {
              responses: {
                200: { description: "", content: { "application/json": { schema: text } } },
              },
            },
          },
        },
      },
    });
    try {
      const zip = Buffer.from("PK\x05\x06" + "\0".repeat(18));
      const { type = "", body } = multipart([{ name: "pic", filename: "a.zip", body: zip }]);
      const made = await waybill.fetch(
        new Request("http://api.test/things", {
          method: "POST",
          headers: { "content-type": type },
          body: Buffer.from(body ?? ""),
        }),
      );
      expect(made.status).toBe(201);
      const got = await waybill.fetch(new Request("http://api.test/things/1/pic"));
      expect(got.headers.get("content-type")).toBe("application/zip");
      expect(Buffer.from(await got.arrayBuffer()).equals(zip)).toBe(true);
    } finally {
      await waybill.close();
    }
  },
);
