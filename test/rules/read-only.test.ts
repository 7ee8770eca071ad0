// R: readOnly and writeOnly.
import { describe, expect, it } from "vitest";
import { createWaybill } from "../../src/index.js";
import { createCompiler } from "../../src/plan/compiler.js";
import { createPlan } from "../../src/plan/plan.js";
import { lintOperation } from "../../src/plan/lint.js";
import { createDocument } from "../../src/openapi/document.js";
import {
  documentOf,
  fields,
  formContent,
  json,
  jsonContent,
  send,
  urlencoded,
  urlencodedContent,
} from "./wall.js";

const properties = {
  id: { type: "integer", readOnly: true },
  name: { type: "string" },
  inner: {
    type: "object",
    properties: { at: { type: "string", readOnly: true }, n: { type: "integer" } },
  },
};
const content = {
  ...jsonContent(properties, { required: ["id", "name"] }),
  ...formContent(properties, undefined, { required: ["id", "name"] }),
  ...urlencodedContent(properties, undefined, { required: ["id", "name"] }),
};
const versions = ["3.0.3", "3.1.1", "3.2.0"];

describe("readOnly", () => {
  it.each(versions)(
    "R-01 what is required and read-only is so in responses only: %s",
    async (openapi) => {
      expect(await send({ openapi, content }, json({ name: "a" }))).toMatchObject({
        status: 200,
        value: { name: "a" },
      });
    },
  );

  it.each(versions)("R-02 is taken out unless something else is said: %s", async (openapi) => {
    const sent = json({ id: "no integer", name: "a", inner: { at: "x", n: 1 } });
    expect((await send({ openapi, content }, sent)).value).toEqual({ name: "a", inner: { n: 1 } });
  });

  it.each(versions)("R-02 may be refused, with each place: %s", async (openapi) => {
    const api = { openapi, content, options: { readOnly: "reject" as const } };
    expect(await send(api, json({ id: 1, name: "a", inner: { at: "x" } }))).toMatchObject({
      status: 400,
      errors: [
        { code: "read-only-property", pointer: "/id" },
        { code: "read-only-property", pointer: "/inner/at" },
      ],
    });
    expect((await send(api, json({ name: "a" }))).status).toBe(200);
  });

  it("R-02 may be ignored: the value is handed on and held to its schema", async () => {
    const api = { content, options: { readOnly: "ignore" as const } };
    const sent = { id: 7, name: "a", inner: { at: "x" } };
    expect((await send(api, json(sent))).value).toEqual(sent);
    expect(await send(api, json({ ...sent, id: "x" }))).toMatchObject({
      status: 400,
      errors: [{ code: "invalid-value", pointer: "/id" }],
    });
  });

  it.each([
    { openapi: "3.0.3", want: 200 },
    { openapi: "3.1.1", want: 400 },
    { openapi: "3.2.0", want: 400 },
  ])("R-02 ignored, required counts from 3.1 on: $openapi", async ({ openapi, want }) => {
    const answer = await send(
      { openapi, content, options: { readOnly: "ignore" } },
      json({ name: "a" }),
    );
    expect(answer.status).toBe(want);
    if (want === 400)
      expect(answer.errors).toMatchObject([{ code: "missing-property", pointer: "/id" }]);
  });

  it.each(versions)("R-03 parts and pairs are treated the same: %s", async (openapi) => {
    const inner = ["inner", '{"at":"x","n":1}'] as const;
    const form = fields(["id", "x"], ["name", "a"], inner);
    const pairs = urlencoded("id=x&name=a");
    expect((await send({ openapi, content }, form)).value).toEqual({ name: "a", inner: { n: 1 } });
    expect((await send({ openapi, content }, pairs)).value).toEqual({ name: "a" });
    for (const wire of [form, pairs]) {
      const answer = await send({ openapi, content, options: { readOnly: "reject" } }, wire);
      expect(answer).toMatchObject({ status: 400 });
      expect(answer.errors?.[0]).toMatchObject({ code: "read-only-property", pointer: "/id" });
    }
  });

  it("R-03 ignored, parts and pairs are handed on", async () => {
    const api = { content, options: { readOnly: "ignore" as const } };
    expect((await send(api, fields(["id", "7"], ["name", "a"]))).value).toEqual({
      id: 7,
      name: "a",
    });
    expect((await send(api, urlencoded("id=7&name=a"))).value).toEqual({ id: 7, name: "a" });
  });
});

describe("writeOnly", () => {
  it.each(versions)("R-01 is required in requests, and never shown: %s", async (openapi) => {
    const User = {
      type: "object",
      required: ["name", "password"],
      properties: {
        id: { type: "integer", readOnly: true },
        name: { type: "string" },
        password: { type: "string", writeOnly: true },
      },
    };
    const body = { content: { "application/json": { schema: User } } };
    const responses = { 200: { description: "One", ...body } };
    const id = { name: "id", in: "path", required: true, schema: { type: "integer" } };
    const waybill = await createWaybill({
      data: ":memory:",
      document: {
        openapi,
        info: { title: "Users", version: "1" },
        paths: {
          "/users": { post: { requestBody: body, responses: { 201: responses[200] } } },
          "/users/{id}": { parameters: [id], get: { responses } },
        },
      },
    });
    const post = (value: object) =>
      waybill.fetch(
        new Request("http://api.test/users", {
          method: "POST",
          headers: { "content-type": "application/json" },
          body: JSON.stringify(value),
        }),
      );
    expect((await post({ name: "a" })).status).toBe(400);
    const made = await post({ name: "a", password: "secret" });
    expect(made.status).toBe(201);
    expect(await made.json()).toEqual({ id: 1, name: "a" });
    const read = await waybill.fetch(new Request("http://api.test/users/1"));
    expect(await read.json()).toEqual({ id: 1, name: "a" });
    await waybill.close();
  });

  it("R-01 beside readOnly means nothing, and lint says so", () => {
    const both = jsonContent({ a: { type: "string", readOnly: true, writeOnly: true } });
    const document = createDocument(documentOf({ content: both }));
    const compiler = createCompiler(document);
    const found = createPlan(document).operations.flatMap((each) => lintOperation(compiler, each));
    expect(found).toMatchObject([
      {
        rule: "read-and-write-only",
        severity: "error",
        pointer: "/paths/~1take/post/requestBody/content/application~1json/schema/properties/a",
      },
    ]);
  });
});
