// J: contentEncoding, contentMediaType, contentSchema.
import { describe, expect, it } from "vitest";
import { lintOperation } from "../../src/plan/lint.js";
import { createCompiler } from "../../src/plan/compiler.js";
import { createPlan } from "../../src/plan/plan.js";
import { createDocument } from "../../src/openapi/document.js";
import { documentOf, formContent, json, jsonContent, multipart, send } from "./wall.js";

/** One property `a` with this schema, in JSON. */
function sendValue(schema: object, value: unknown, assertContent = false) {
  const options = { body: { assertContent } };
  return send({ content: jsonContent({ a: schema }), options }, json({ a: value }));
}

const jsonText = { type: "string", contentMediaType: "application/json" };
const config = {
  ...jsonText,
  contentSchema: { type: "object", required: ["k"], properties: { k: { type: "integer" } } },
};

describe("annotations", () => {
  it.each([
    { schema: { contentMediaType: "application/json" }, value: "{:}" },
    { schema: { contentMediaType: "application/json" }, value: 100 },
    { schema: jsonText, value: "{:}" },
    { schema: config, value: '{"z":1}' },
    { schema: config, value: '{"k":"no integer"}' },
    { schema: { type: "string", contentSchema: { type: "object" } }, value: "7" },
    { schema: { enum: ["%%%"], contentEncoding: "base64" }, value: "%%%" },
    { schema: { type: "string", contentEncoding: "rot13" }, value: "%%%" },
  ])("J-01 never make a value invalid: $schema takes $value", async ({ schema, value }) => {
    expect(await sendValue(schema, value)).toMatchObject({ status: 200, value: { a: value } });
  });

  it("J-01 that a file cannot be decoded is told apart from what the schema asserts", async () => {
    const answer = await sendValue({ type: "string", contentEncoding: "base64" }, "%%%");
    expect(answer).toMatchObject({
      status: 400,
      errors: [{ code: "malformed-encoding", pointer: "/a" }],
    });
  });

  it.each([
    { contentEncoding: "base64" },
    { contentEncoding: "base64", contentMediaType: "image/png" },
    { contentMediaType: "application/json", contentSchema: false },
  ])("J-03 they mean strings only: %j takes a number", async (schema) => {
    for (const assertContent of [false, true])
      expect(await sendValue(schema, 100, assertContent)).toMatchObject({
        status: 200,
        value: { a: 100 },
      });
  });
});

describe("assertContent", () => {
  it.each([
    { schema: jsonText, value: "{:}" },
    { schema: config, value: "{:}" },
    { schema: config, value: '{"z":1}' },
    { schema: config, value: '{"k":"x"}' },
    { schema: { enum: ["%%%"], contentEncoding: "base64" }, value: "%%%" },
    { schema: { enum: ["e30"], contentEncoding: "base64" }, value: "e30" },
  ])("J-02 tells of contents under a code of their own: $value", async ({ schema, value }) => {
    expect(await sendValue(schema, value, true)).toMatchObject({
      status: 400,
      errors: [{ code: "invalid-content", pointer: "/a" }],
    });
  });

  it("J-02 does not mix with validity: a branch of anyOf fits whatever its text holds", async () => {
    const schema = {
      oneOf: [
        { ...jsonText, maxLength: 3 },
        { type: "string", minLength: 4 },
      ],
    };
    expect(await sendValue(schema, "{:}")).toMatchObject({ status: 200 });
    expect(await sendValue(schema, "{:}", true)).toMatchObject({
      status: 400,
      errors: [{ code: "invalid-content", pointer: "/a" }],
    });
  });

  it("J-02 both are told together", async () => {
    const content = jsonContent({ a: jsonText, b: { type: "integer" } });
    const options = { body: { assertContent: true } };
    const answer = await send({ content, options }, json({ a: "{:}", b: "x" }));
    expect(answer.errors).toMatchObject([
      { code: "invalid-value", pointer: "/b" },
      { code: "invalid-content", pointer: "/a" },
    ]);
  });

  it("J-05 without contentEncoding the text stands as it is", async () => {
    expect(await sendValue(jsonText, '{"a":1}', true)).toMatchObject({ status: 200 });
    expect(await sendValue(jsonText, "eyJhIjoxfQ==", true)).toMatchObject({
      errors: [{ code: "invalid-content" }],
    });
  });

  it("J-07 a contentSchema without contentMediaType is ignored", async () => {
    const schema = { type: "string", contentSchema: { type: "object", required: ["k"] } };
    expect(await sendValue(schema, '{"z":1}', true)).toMatchObject({ status: 200 });
  });

  it("J-08 a contentSchema holds what the text was parsed to, and says where", async () => {
    const answer = await sendValue(config, '{"k":"x"}', true);
    expect(answer.errors).toMatchObject([
      { code: "invalid-content", detail: expect.stringContaining('"/k"') },
    ]);
    expect((await sendValue(config, '{"k":1}', true)).status).toBe(200);
  });

  it("J-08 it holds JSON files too, in JSON and in parts", async () => {
    const file = { ...config, contentEncoding: "base64" };
    expect((await sendValue(file, base64('{"k":1}'), true)).status).toBe(200);
    expect((await sendValue(file, base64('{"z":1}'), false)).status).toBe(200);
    expect(await sendValue(file, base64('{"z":1}'), true)).toMatchObject({
      status: 400,
      errors: [{ code: "invalid-content", pointer: "/a" }],
    });
    const content = formContent({ a: file });
    const options = { body: { assertContent: true } };
    const parts = multipart([{ name: "a", body: base64("{:}") }]);
    expect(await send({ content, options }, parts)).toMatchObject({
      status: 400,
      errors: [{ code: "invalid-content", pointer: "/a", part: { name: "a", index: 0 } }],
    });
  });

  it.each([
    { text: "[".repeat(20000) + "]".repeat(20000), why: "deep" },
    { text: JSON.stringify(Array(200001).fill(0)), why: "members and items" },
  ])("J-08 the limits of JSON hold in a text too: $why", async ({ text, why }) => {
    expect(await sendValue(jsonText, text, true)).toMatchObject({
      status: 400,
      errors: [{ code: "invalid-content", pointer: "/a", detail: expect.stringContaining(why) }],
    });
  });

  it("J-08 a contentSchema that cannot be used is no fault of the text's encoding", async () => {
    const schema = { ...jsonText, contentSchema: { type: "nothing" } };
    expect(await sendValue(schema, "1", true)).toMatchObject({ status: 501 });
  });

  it("J-08 it may lead back to itself", async () => {
    const Nested = { ...jsonText, contentSchema: { $ref: "#/components/schemas/Nested" } };
    const content = jsonContent({ a: { $ref: "#/components/schemas/Nested" } });
    const api = {
      content,
      components: { schemas: { Nested } },
      options: { body: { assertContent: true } },
    };
    expect((await send(api, json({ a: JSON.stringify("7") }))).status).toBe(200);
  });

  // Of the substance of draft-07's optional suite: a media type, an encoding, both.
  it.each([
    { schema: { contentMediaType: "application/json" }, value: '{"foo": "bar"}', want: 200 },
    { schema: { contentMediaType: "application/json" }, value: "{:}", want: 400 },
    { schema: { contentMediaType: "application/json" }, value: 100, want: 200 },
    { schema: { contentEncoding: "base64" }, value: "eyJmb28iOiAiYmFyIn0K", want: 200 },
    { schema: { contentEncoding: "base64" }, value: "eyJmb28iOi%iYmFyIn0K", want: 400 },
    { schema: { contentEncoding: "base64" }, value: 100, want: 200 },
    {
      schema: { contentMediaType: "application/json", contentEncoding: "base64" },
      value: "eyJmb28iOiAiYmFyIn0K",
      want: 200,
    },
    {
      schema: { contentMediaType: "application/json", contentEncoding: "base64" },
      value: "ezp9Cg==",
      want: 400,
    },
    {
      schema: { contentMediaType: "application/json", contentEncoding: "base64" },
      value: "{}",
      want: 400,
    },
    {
      schema: { contentMediaType: "application/json", contentEncoding: "base64" },
      value: 100,
      want: 200,
    },
  ])("J-09 asserts what draft-07 tools assert: $schema and $value give $want", async (given) => {
    expect((await sendValue(given.schema, given.value, true)).status).toBe(given.want);
  });
});

describe("a contentMediaType that is no single media type", () => {
  it.each([
    { said: "image/*", code: "not-an-image" },
    { said: "image/png, text/plain", code: "file-type-not-allowed" },
  ])("J-06 is taken for a set: $said", async ({ said, code }) => {
    const file = { type: "string", contentEncoding: "base64", contentMediaType: said };
    const png =
      "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";
    expect((await sendValue(file, png)).status).toBe(200);
    expect(await sendValue(file, Buffer.from("%PDF-1.7\n").toString("base64"))).toMatchObject({
      status: 400,
      errors: [{ code, pointer: "/a" }],
    });
  });

  it("J-06 and lint says so", () => {
    const file = {
      type: "string",
      contentEncoding: "base64",
      contentMediaType: "image/*",
      maxLength: 9,
    };
    expect(lintOf(jsonContent({ a: file }))).toEqual(["media-type-list"]);
  });
});

function base64(text: string): string {
  return Buffer.from(text).toString("base64");
}

function lintOf(content: object): string[] {
  const document = createDocument(documentOf({ content }));
  const { operations } = createPlan(document);
  const compiler = createCompiler(document);
  return operations.flatMap((each) => lintOperation(compiler, each)).map(({ rule }) => rule);
}

describe("contentEncoding", () => {
  it.each(["BASE64", "Base64", "base64"])(
    "J-16 its names are the same in any case: %s",
    async (contentEncoding) => {
      const answer = await sendValue({ type: "string", contentEncoding }, "Zm9v");
      expect(answer).toMatchObject({ status: 200, value: { a: { file: "foo" } } });
    },
  );

  it.each(["binary", "8bit", "7bit", "BINARY"])(
    "J-16 %s is the octets as they are",
    async (contentEncoding) => {
      const content = formContent({ a: { type: "string", contentEncoding } });
      const answer = await send(
        { content },
        multipart([{ name: "a", filename: "a", body: "Zm9v" }]),
      );
      expect(answer).toMatchObject({ status: 200, value: { a: { file: "Zm9v" } } });
    },
  );

  it("J-16 an unknown one is passed over, and lint says so", async () => {
    const text = { type: "string", contentEncoding: "rot13" };
    expect(await sendValue(text, "Zm9v")).toMatchObject({ status: 200, value: { a: "Zm9v" } });
    expect(lintOf(jsonContent({ a: text }))).toEqual(["unknown-encoding"]);
    expect(lintOf(formContent({ a: text }))).toEqual(["unknown-encoding"]);
  });
});
