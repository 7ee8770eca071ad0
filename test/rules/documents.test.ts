// D: documents, their versions, and the parts of them that nobody can use.
import { describe, expect, it } from "vitest";
import { createWaybill } from "../../src/index.js";
import {
  documentOf,
  fields,
  formContent,
  json,
  jsonContent,
  multipart,
  send,
  type Wire,
} from "./wall.js";

describe("versions", () => {
  // `style` counts in multipart from 3.1 on, so one request tells which rules hold.
  const content = formContent(
    { ints: { type: "array", items: { type: "integer" } } },
    {
      ints: { style: "form", explode: false },
    },
  );
  it.each([
    { openapi: "3.0.0", want: 400 },
    { openapi: "3.0.99", want: 400 },
    { openapi: "3.1.0", want: 200 },
    { openapi: "3.1.9-rc1", want: 200 },
    { openapi: "3.2.7", want: 200 },
  ])("D-01 the minor version selects the rules, the patch does not: $openapi", async (given) => {
    const answer = await send({ openapi: given.openapi, content }, fields(["ints", "1,2"]));
    expect(answer.status).toBe(given.want);
  });

  it.each(["2.0", "3", "3.3.0", "3.10.0", "4.0.0", 3.1])(
    "D-01 other versions are refused at the start: %j",
    async (openapi) => {
      const document = { ...documentOf({}), openapi };
      await expect(createWaybill({ document, data: ":memory:" })).rejects.toThrow(
        "is not an OpenAPI 3.0, 3.1 or 3.2 document",
      );
    },
  );
});

describe("the dialect of 3.0", () => {
  const take = (schema: object, value: unknown, openapi = "3.0.3") =>
    send({ openapi, content: jsonContent({ a: schema }), components: named }, json({ a: value }));
  const named = { components: { schemas: { Short: { type: "string", maxLength: 3 } } } }.components;
  const $ref = "#/components/schemas/Short";

  it.each([
    { schema: { type: "string", nullable: true }, value: null, openapi: "3.0.3", want: 200 },
    { schema: { type: "string" }, value: null, openapi: "3.0.3", want: 400 },
    {
      schema: { type: "string", nullable: true, enum: ["x"] },
      value: null,
      openapi: "3.0.3",
      want: 200,
    },
    { schema: { nullable: true, allOf: [{ $ref }] }, value: "abcd", openapi: "3.0.3", want: 400 },
    { schema: { type: "string", nullable: true }, value: null, openapi: "3.1.0", want: 400 },
    { schema: { type: ["string", "null"] }, value: null, openapi: "3.1.0", want: 200 },
  ])(
    "D-02 nullable is a word of 3.0: $schema in $openapi",
    async ({ schema, value, openapi, want }) => {
      expect((await take(schema, value, openapi)).status).toBe(want);
    },
  );

  it.each([
    { schema: { type: "number", minimum: 1, exclusiveMinimum: true }, value: 1, want: 400 },
    { schema: { type: "number", minimum: 1, exclusiveMinimum: false }, value: 1, want: 200 },
    { schema: { type: "number", maximum: 1, exclusiveMaximum: true }, value: 1, want: 400 },
  ])("D-02 exclusive limits are booleans: $schema", async ({ schema, value, want }) => {
    const answer = await take(schema, value);
    expect(answer.status).toBe(want);
    if (want === 400)
      expect(answer.errors).toMatchObject([{ code: "invalid-value", pointer: "/a" }]);
  });

  it.each([
    { openapi: "3.0.3", want: 200 },
    { openapi: "3.1.0", want: 400 },
  ])(
    "D-02 what stands beside $ref is ignored in 3.0 and counts from 3.1 on: $openapi",
    async (given) => {
      const answer = await take({ $ref, minLength: 2 }, "x", given.openapi);
      expect(answer.status).toBe(given.want);
    },
  );

  it("D-02 what stands beside a $ref along a chain of them counts too, from 3.1 on", async () => {
    const components = {
      schemas: {
        A: { $ref: "#/components/schemas/B", minLength: 2 },
        B: { $ref: "#/components/schemas/C", maxLength: 3 },
        C: { type: "string" },
      },
    };
    const content = jsonContent({ a: { $ref: "#/components/schemas/A" } });
    for (const [value, status] of [
      ["x", 400],
      ["xx", 200],
      ["xxxx", 400],
    ] as const)
      expect((await send({ content, components }, json({ a: value }))).status).toBe(status);
  });
});

describe("documents that are not what they should be", () => {
  const broken = {
    "/broken": { post: { requestBody: { content: jsonContent({ a: { $ref: "#/nowhere" } }) } } },
    "/odd": 7,
    "/odder": { post: "no", parameters: 5 },
    "no slash": { get: {} },
  };
  const root = { tags: "none", components: { schemas: 4 }, security: {} };

  it("D-05 an operation is served beside others that cannot be used", async () => {
    const document = documentOf({ content: jsonContent({ a: { type: "string" } }) });
    const paths = { ...broken, ...(document as { paths: object }).paths };
    const waybill = await createWaybill({
      document: { ...document, ...root, paths },
      data: ":memory:",
      operations: { take: { handle: ({ value }) => ({ body: value }) } },
    });
    const post = (path: string) =>
      waybill.fetch(
        new Request(`http://api.test${path}`, {
          method: "POST",
          headers: { "content-type": "application/json" },
          body: '{"a":"x"}',
        }),
      );
    expect(await (await post("/take")).json()).toEqual({ a: "x" });
    const other = await post("/broken");
    expect(other.status).toBe(501);
    expect(await other.json()).toMatchObject({
      errors: [{ code: "not-implemented", detail: expect.stringContaining("#/nowhere") }],
    });
    await waybill.close();
  });

  it("D-05 a form is read although another property of its document makes no sense", async () => {
    const content = formContent({ a: { type: "integer" } }, undefined, { title: 9, "x-a": null });
    expect(await send({ content, root: { info: null } }, fields(["a", "1"]))).toMatchObject({
      status: 200,
      value: { a: 1 },
    });
  });
});

describe("schemas that lead back to themselves", () => {
  const Comment = {
    type: "object",
    required: ["text"],
    properties: {
      text: { type: "string" },
      replies: { type: "array", items: { $ref: "#/components/schemas/Comment" } },
      pic: { type: "string", contentEncoding: "base64" },
    },
    additionalProperties: false,
  };
  const content = formContent({ comment: { $ref: "#/components/schemas/Comment" } });
  const api = { content, components: { schemas: { Comment } } };

  it("D-07 load, and are read to any depth, with the files in them", async () => {
    const sent = { text: "a", replies: [{ text: "b", replies: [{ text: "c", pic: "Zm9v" }] }] };
    const answer = await send(api, commentPart(sent));
    expect(answer).toMatchObject({
      status: 200,
      value: {
        comment: { text: "a", replies: [{ replies: [{ text: "c", pic: { file: "foo" } }] }] },
      },
    });
  });

  it("D-07 are held to at any depth", async () => {
    const answer = await send(
      api,
      commentPart({ text: "a", replies: [{ text: "b", replies: [{}] }] }),
    );
    expect(answer).toMatchObject({
      status: 400,
      errors: [{ code: "missing-property", pointer: "/comment/replies/0/replies/0/text" }],
    });
  });

  it.each([
    { name: "a reference to itself", schemas: { A: { $ref: "#/components/schemas/A" } } },
    { name: "allOf of itself", schemas: { A: { allOf: [{ $ref: "#/components/schemas/A" }] } } },
  ])("D-07 without an end cost their own operation only: $name", async ({ schemas }) => {
    const loop = jsonContent({ a: { $ref: "#/components/schemas/A" } });
    const answer = await send({ content: loop, components: { schemas } }, json({ a: 1 }));
    expect(answer).toMatchObject({ status: 501, errors: [{ code: "not-implemented" }] });
  });
});

function commentPart(value: unknown): Wire {
  return multipart([{ name: "comment", body: JSON.stringify(value) }]);
}
