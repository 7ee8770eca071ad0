// P-12: a parameter that is the whole query string. N-12: media types by reference.
import { describe, expect, it } from "vitest";
import { createDocument } from "../../src/openapi/document.js";
import { createCompiler } from "../../src/plan/compiler.js";
import { lintOperation } from "../../src/plan/lint.js";
import { createPlan } from "../../src/plan/plan.js";
import { documentOf, json, jsonContent, send, type Api, type Answer } from "./wall.js";

const openapi = "3.2.0";
const form = "application/x-www-form-urlencoded";

function apiOf(content: object, more: object = {}): Api {
  const parameters = [{ name: "q", in: "querystring", content, ...more }];
  return { openapi, method: "GET", operation: { parameters } };
}

function ask(content: object, query: string, more: object = {}): Promise<Answer> {
  return send(apiOf(content, more), { query });
}

const filter = {
  type: "object",
  properties: {
    foo: { type: "string" },
    bar: { type: "boolean" },
    tags: { type: "array", items: { type: "integer" } },
    at: { type: "object", properties: { lat: { type: "integer" } } },
  },
  required: ["foo"],
  additionalProperties: false,
};

describe("a form in the query string", () => {
  const content = { [form]: { schema: filter, encoding: { tags: { style: "pipeDelimited" } } } };

  it("P-12 is decoded as a body of that type is, with its Encoding Objects", async () => {
    const answer = await ask(content, "?foo=a+%2B+b&bar=true&tags=1%7C2&at=%7B%22lat%22%3A5%7D");
    expect(answer).toMatchObject({
      status: 200,
      querystring: { foo: "a + b", bar: true, tags: [1, 2], at: { lat: 5 } },
    });
  });

  it("P-12 faults are told together, each with the parameter and its place in it", async () => {
    const answer = await ask(content, "?bar=yes&no=1");
    expect(answer.status).toBe(400);
    expect(answer.errors).toMatchObject([
      { code: "invalid-parameter", parameter: "q", pointer: "/bar" },
      { code: "invalid-parameter", parameter: "q", pointer: "/no" },
      { code: "invalid-parameter", parameter: "q", pointer: "/foo" },
    ]);
  });

  it("P-12 may be missing unless it is required", async () => {
    const absent = await ask(content, "");
    expect(absent.status).toBe(200);
    expect(absent.querystring).toBeUndefined();
    expect(await ask(content, "", { required: true })).toMatchObject({
      status: 400,
      errors: [{ code: "invalid-parameter", parameter: "q" }],
    });
  });

  it("P-12 is not known in 3.1", async () => {
    const answer = await send({ ...apiOf(content), openapi: "3.1.1" }, { query: "?no=1" });
    expect(answer.status).toBe(200);
    expect(answer.querystring).toBeUndefined();
  });
});

describe("other media types in the query string", () => {
  const value = { numbers: [1, 2], flag: null, text: "a+b" };
  const schema = {
    type: "object",
    properties: { numbers: { type: "array", items: { type: "integer" } } },
  };

  it("P-12 JSON is the whole of it, percent-encoded, with a plus as it stands", async () => {
    const query = `?${encodeURIComponent(JSON.stringify(value)).replace("%2B", "+")}`;
    const answer = await ask({ "application/json": { schema } }, query);
    expect(answer).toMatchObject({ status: 200, querystring: value });
  });

  const faults = [
    { query: "?%7B%22numbers%22%3A%5B%22a%22%5D%7D", pointer: "/numbers/0" },
    { query: "?%7B%22numbers%22", pointer: "/numbers" },
    { query: "?%FF", pointer: undefined },
  ];
  it.each(faults)("P-12 is faulty at its place: $query", async ({ query, pointer }) => {
    const answer = await ask({ "application/json": { schema } }, query);
    const place = pointer === undefined ? {} : { pointer };
    expect(answer).toMatchObject({
      status: 400,
      errors: [{ code: "invalid-parameter", parameter: "q", ...place }],
    });
  });

  it("P-12 what is a string is text, whatever its type is called", async () => {
    const content = { "application/jsonpath": { schema: { type: "string" } } };
    const answer = await ask(content, "?%24.a.b%5B1%3A1%5D");
    expect(answer).toMatchObject({ status: 200, querystring: "$.a.b[1:1]" });
  });
});

describe("a document with a query string and more", () => {
  const one = { in: "querystring", content: { [form]: { schema: filter } } };
  const cases = [
    { name: "another in query", parameters: [one, { name: "a", in: "query", schema: {} }] },
    { name: "another of its kind", parameters: [one, { ...one, name: "other" }] },
    { name: "no content", parameters: [{ name: "q", in: "querystring", schema: filter }] },
  ];

  it.each(cases)("P-12 is faulty with $name", async ({ parameters }) => {
    const api: Api = { openapi, method: "GET", operation: { parameters } };
    expect(await send(api, { query: "?foo=a" })).toMatchObject({ status: 501 });
    const { document, operations } = createPlan(createDocument(documentOf(api)));
    const found = operations.flatMap((each) => lintOperation(createCompiler(document), each));
    expect(found).toMatchObject([{ rule: "unusable", severity: "error" }]);
  });
});

describe("media types by reference", () => {
  const mediaTypes = { Thing: jsonContent({ n: { type: "integer" } }, { required: ["n"] }) };
  const components = { mediaTypes: { Thing: Object.values(mediaTypes.Thing)[0] } };
  const $ref = "#/components/mediaTypes/Thing";

  it("N-12 a body's content may refer to components.mediaTypes", async () => {
    const api: Api = { openapi, components, content: { "application/json": { $ref } } };
    expect(await send(api, json({ n: 5 }))).toMatchObject({ status: 200, value: { n: 5 } });
    expect(await send(api, json({}))).toMatchObject({
      status: 400,
      errors: [{ code: "missing-property", pointer: "/n" }],
    });
  });

  it("N-12 so may a parameter's", async () => {
    const api = { ...apiOf({ "application/json": { $ref } }), components };
    expect(await send(api, { query: "?%7B%22n%22%3A5%7D" })).toMatchObject({
      status: 200,
      querystring: { n: 5 },
    });
    expect(await send(api, { query: "?%7B%7D" })).toMatchObject({ status: 400 });
  });

  it("N-12 a reference that names nothing is the operation's trouble", async () => {
    const api: Api = { openapi, content: { "application/json": { $ref } } };
    expect(await send(api, json({ n: 5 }))).toMatchObject({ status: 501 });
  });
});
