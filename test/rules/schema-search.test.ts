// B-07 to B-09: which JSON type a text becomes, and what a client writes where the schema says no type.
import { describe, expect, it } from "vitest";
import { encodeBody } from "../../src/client/encode-body.js";
import { createDocument } from "../../src/openapi/document.js";
import { createPlan } from "../../src/plan/plan.js";
import { documentOf, fields, formContent, multipart, send, type Answer } from "./wall.js";

function read(schema: object, text: string, components?: object): Promise<Answer> {
  const api = { content: formContent({ it: schema }), ...(components ? { components } : {}) };
  return send(api, fields(["it", text]));
}

const integer = { type: "integer" };
const text = { type: "string" };

function jsonPart(body: string) {
  return multipart([{ name: "it", type: "application/json", body }]);
}

describe("schema search", () => {
  it("B-07 follows allOf and references, and what all of them allow is the type", async () => {
    const schema = { allOf: [{ type: ["string", "number"] }, text] };
    expect(await read(schema, "1234")).toMatchObject({ status: 200, value: { it: "1234" } });
    const number = { allOf: [{ type: ["string", "number"] }, { $ref: "#/components/schemas/N" }] };
    const components = { schemas: { N: { allOf: [{ type: ["number", "boolean"] }] } } };
    expect(await read(number, "1234", components)).toMatchObject({ value: { it: 1234 } });
    expect(
      await read({ $ref: "#/components/schemas/N", type: "boolean" }, "true", components),
    ).toMatchObject({
      value: { it: true },
    });
  });

  it("B-07 a part of a schema that says no type allows all", async () => {
    expect(
      await read({ allOf: [{ description: "any" }, integer, { minimum: 1 }] }, "5"),
    ).toMatchObject({
      value: { it: 5 },
    });
  });

  it.each([
    { type: ["string", "number"] },
    { anyOf: [integer, text] },
    { oneOf: [text, { type: "boolean" }, integer] },
    { oneOf: [text, { type: "object" }] },
  ])("B-07 %j stays ambiguous: text stays text", async (schema) => {
    for (const body of ["1234", "true", "{}"])
      expect(await read(schema, body)).toMatchObject({ status: 200, value: { it: body } });
  });

  it("B-07 the part's own type resolves it", async () => {
    const api = { content: formContent({ it: { oneOf: [text, { type: "object" }, integer] } }) };
    expect(await send(api, jsonPart('{"a":1}'))).toMatchObject({ value: { it: { a: 1 } } });
    expect(await send(api, jsonPart("5"))).toMatchObject({ value: { it: 5 } });
    expect(await send(api, jsonPart('"5"'))).toMatchObject({ value: { it: "5" } });
  });

  it("B-07 does not look into not, if and their like", async () => {
    const schema = { ...text, not: integer, if: integer, else: text };
    expect(await read(schema, "5")).toMatchObject({ status: 200, value: { it: "5" } });
  });

  it.each([
    { anyOf: [integer, { type: "null" }] },
    { oneOf: [{ type: "null" }, integer] },
    { type: ["integer", "null"] },
  ])("B-08 %j is a number or null", async (schema) => {
    expect(await read(schema, "5")).toMatchObject({ value: { it: 5 } });
    expect(await read(schema, "")).toMatchObject({ status: 200, value: { it: null } });
    expect(await read(schema, "x")).toMatchObject({
      status: 400,
      errors: [{ code: "invalid-value", pointer: "/it" }],
    });
  });

  it("B-08 the same holds for items and for objects", async () => {
    const list = { type: "array", items: { anyOf: [integer, { type: "null" }] } };
    const api = { content: formContent({ it: list }) };
    expect(await send(api, fields(["it", "5"], ["it", ""]))).toMatchObject({
      value: { it: [5, null] },
    });
    const object = { anyOf: [{ type: "object", properties: { a: integer } }, { type: "null" }] };
    expect(await read(object, '{"a":5}')).toMatchObject({ value: { it: { a: 5 } } });
  });
});

/** The form that the client writes for a property that the document says nothing of. */
async function written(it: unknown): Promise<string> {
  const document = createDocument(documentOf({ content: formContent({ it: {} }) }));
  const plan = createPlan(document).operations[0]?.body?.media[0];
  if (!plan) throw new Error("no plan");
  const pieces: Uint8Array[] = [];
  for await (const piece of encodeBody(plan, { it }).body) pieces.push(piece);
  return Buffer.concat(pieces).toString("latin1");
}

describe("the client", () => {
  it("B-09 looks at the data where the schema says no type", async () => {
    expect(await written(new Blob(["x"]))).toMatch(
      /name="it"; filename="it"\r\nContent-Type: application\/octet-stream\r\n\r\nx\r\n/,
    );
    expect(await written(new Blob(["x"], { type: "image/png" }))).toContain(
      "Content-Type: image/png\r\n\r\nx\r\n",
    );
    expect(await written({ a: 1 })).toMatch(
      /name="it"\r\nContent-Type: application\/json\r\n\r\n\{"a":1\}\r\n/,
    );
    expect(await written("x")).toMatch(/name="it"\r\n\r\nx\r\n/);
  });
});
