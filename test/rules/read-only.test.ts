// R: readOnly and writeOnly.
import { describe, expect, it } from "vitest";
import { encodeBody } from "../../src/client/encode-body.js";
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
  multipart,
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

describe("readOnly in XML and under styles", () => {
  const type = "application/xml";
  const approved = { type: "boolean", readOnly: true };
  const p = {
    type: "object",
    xml: { name: "p" },
    properties: {
      name: { type: "string" },
      approved,
      by: { type: ["string", "null"], readOnly: true, xml: { attribute: true } },
      scan: { type: "string", contentEncoding: "base64", readOnly: true },
      items: {
        type: "array",
        items: { type: "object", properties: { approved, n: { type: "integer" } } },
      },
    },
  };
  // Not even read: the scan would be a fault, as would be the answer.
  const xml =
    '<p by="x"><name>a</name><approved>perhaps</approved><scan>@</scan>' +
    "<items><approved>true</approved><n>1</n></items></p>";
  const wanted = { name: "a", items: [{ n: 1 }] };
  const apart = ["/approved", "/by", "/scan", "/items/0/approved"];
  const reject = { readOnly: "reject" as const };
  const places = [
    ["a body", { [type]: { schema: p } }, { type, body: xml }, ""],
    [
      "a part",
      formContent({ p }, { p: { contentType: type } }),
      multipart([{ name: "p", type, body: xml }]),
      "/p",
    ],
    [
      "a part of JSON by default",
      formContent({ p }),
      multipart([{ name: "p", type, body: xml }]),
      "/p",
    ],
  ] as const;

  it.each(places)("R-02 is taken out of %s in XML, or refused", async (_, content, wire, at) => {
    const value = at === "" ? wanted : { p: wanted };
    expect(await send({ content }, wire)).toMatchObject({ status: 200 });
    expect((await send({ content }, wire)).value).toEqual(value);
    const answer = await send({ content, options: reject }, wire);
    expect(answer).toMatchObject({ status: 400 });
    expect(answer.errors).toHaveLength(4);
    expect(answer.errors).toEqual(
      expect.arrayContaining(
        apart.map((pointer) =>
          expect.objectContaining({ code: "read-only-property", pointer: at + pointer }),
        ),
      ),
    );
  });

  it("R-02 is not refused in XML where it does not stand", async () => {
    const content = { [type]: { schema: p } };
    const answer = await send(
      { content, options: reject },
      { type, body: "<p><name>a</name></p>" },
    );
    expect(answer).toMatchObject({ status: 200, value: { name: "a" } });
  });

  it("R-01 is not written in XML either", async () => {
    const value = { name: "a", approved: true, by: "x", items: [{ approved: true, n: 1 }] };
    expect(await written({ [type]: { schema: p } }, value)).toBe(
      "<p><name>a</name><items><n>1</n></items></p>",
    );
  });

  const o = {
    type: "object",
    properties: { id: { type: "integer", readOnly: true }, n: { type: "string" } },
  };
  const styled = [
    [{ style: "form", explode: false }, "o=id,7,n,x", [["o", "id,7,n,x"]]],
    [
      { style: "form", explode: true },
      "id=7&n=x",
      [
        ["id", "7"],
        ["n", "x"],
      ],
    ],
    [
      { style: "deepObject" },
      "o[id]=7&o[n]=x",
      [
        ["o[id]", "7"],
        ["o[n]", "x"],
      ],
    ],
  ] as const;
  it.each(styled)(
    "R-03 is taken out under a style, or refused: %j",
    async (encoding, body, list) => {
      for (const [content, wire] of [
        [urlencodedContent({ o }, { o: encoding }), urlencoded(body)],
        [formContent({ o }, { o: encoding }), fields(...list)],
      ] as const) {
        expect((await send({ content }, wire)).value).toEqual({ o: { n: "x" } });
        expect(await send({ content, options: reject }, wire)).toMatchObject({
          status: 400,
          errors: [{ code: "read-only-property", pointer: "/o/id" }],
        });
      }
    },
  );

  it.each(styled)("R-03 is not written under a style: %j", async (encoding, body) => {
    const content = urlencodedContent({ o }, { o: encoding });
    const sent = await written(content, { o: { id: 7, n: "x" } });
    expect(decodeURIComponent(sent)).toBe(body.replace(/id,7,|.*id.?=7&/, ""));
  });
});

async function written(content: object, value: unknown): Promise<string> {
  const document = createDocument(documentOf({ content }));
  const plan = createPlan(document).operations[0]?.body?.media[0];
  if (!plan) throw new Error("no plan");
  const pieces: Uint8Array[] = [];
  for await (const piece of encodeBody(plan, value).body) pieces.push(piece);
  return Buffer.concat(pieces).toString();
}
