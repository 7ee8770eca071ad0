// Documents that are wrong, or lead back to themselves: the trouble of one operation, not of all.
import { describe, expect, it } from "vitest";
import { createDocument } from "../openapi/document.js";
import { createCompiler } from "./compiler.js";
import { lintOperation } from "./lint.js";
import { createPlan, type OperationPlan } from "./plan.js";

function operationsOf(paths: object, schemas: object = {}): readonly OperationPlan[] {
  return createPlan(createDocument({ openapi: "3.1.0", paths, components: { schemas } }))
    .operations;
}

const A = { $ref: "#/components/schemas/A" };
const base64 = { type: "string", contentEncoding: "base64" };
const content = (schema: object, type = "application/json"): object => ({
  content: { [type]: { schema } },
});

describe("a schema that leads back to itself", () => {
  const cases = [
    { name: "as a branch", A: { anyOf: [A, { type: "string" }] } },
    { name: "as the last branch", A: { oneOf: [{ type: "integer" }, A] } },
    { name: "as items", A: { type: "array", items: A } },
    { name: "as a branch of items", A: { type: "array", items: { anyOf: [A, base64] } } },
    { name: "as a member", A: { type: "object", properties: { a: A, f: base64 } } },
    {
      name: "as a member that two describe",
      A: { allOf: [{ properties: { a: A } }, { properties: { a: { allOf: [A], title: "A" } } }] },
    },
    { name: "as a part of itself", A: { allOf: [A, { type: "object" }] } },
  ];
  const media = [
    "application/json",
    "multipart/form-data",
    "application/x-www-form-urlencoded",
    "application/xml",
  ];
  it.each(cases)("$name is compiled to an end", ({ A: schema }) => {
    const form = { type: "object", properties: { a: A, f: base64 } };
    const bodies = media.map((type) => content(form, type));
    const paths = Object.fromEntries(
      bodies.map((requestBody, index) => [
        `/things${index}`,
        {
          post: { requestBody, responses: { 200: content(form) } },
          get: { responses: { 200: content({ type: "array", items: A }) } },
        },
      ]),
    );
    for (const plan of operationsOf(paths, { A: schema })) {
      expect(plan.act.kind).not.toBe("none");
      expect(plan.collection?.read.hidden.size).toBe(0);
      expect([plan.body?.media.length, plan.list?.filters.size]).not.toEqual([
        undefined,
        undefined,
      ]);
    }
  });

  it("says what types text may become, wherever it leads back", () => {
    const body = content({ type: "object", properties: { a: A } }, "multipart/form-data");
    const [plan] = operationsOf(
      { "/a": { post: { requestBody: body } } },
      { A: { anyOf: [{ type: "integer" }, A] } },
    );
    const shape = plan?.body?.media[0]?.body;
    expect(shape && "form" in shape && shape.form.properties.get("a")?.text.types).toEqual([
      "integer",
    ]);
  });
});

describe("a reference that names nothing", () => {
  const nothing = { $ref: "#/components/nothing" };
  const ok = { responses: { 200: content({ type: "array", items: { properties: { n: {} } } }) } };
  const cases = [
    { name: "of a parameter", bad: { get: { ...ok, parameters: [nothing] } }, want: ["GET none"] },
    {
      name: "of a parameter of the path",
      bad: { get: ok, parameters: [nothing] },
      want: ["GET none"],
    },
    {
      name: "of a path item",
      bad: nothing,
      want: ["GET none", "PUT none", "POST none", "DELETE none", "PATCH none"],
    },
    { name: "of a response", bad: { get: { responses: { 200: nothing } } }, want: ["GET none"] },
  ];
  it.each(cases)("$name is the trouble of that operation", ({ bad, want }) => {
    const plans = operationsOf({ "/bad": bad, "/good": { get: ok } });
    expect(plans.map(({ operation, act }) => `${operation.method} ${act.kind}`)).toEqual([
      ...want,
      "GET list",
    ]);
    for (const { act } of plans.slice(0, -1))
      expect(act).toMatchObject({ reason: "The reference #/components/nothing names nothing." });
  });

  it("is found by lint", () => {
    const document = createDocument({ openapi: "3.1.0", paths: { "/bad": nothing } });
    const [plan] = createPlan(document).operations;
    const found = plan ? lintOperation(createCompiler(document), plan) : [];
    expect(found.map(({ rule, pointer }) => [rule, pointer])).toEqual([
      ["unusable", "/paths/~1bad/get"],
    ]);
  });

  it("of a filter or of an item is told when it is asked for", () => {
    const query = { name: "n", in: "query", schema: nothing };
    const [filter] = operationsOf({ "/things": { get: { ...ok, parameters: [query] } } });
    expect(() => filter?.list).toThrow("names nothing");
    const items = { properties: { n: nothing } };
    const [list] = operationsOf({
      "/things": { get: { responses: { 200: content({ type: "array", items }) } } },
    });
    expect(() => list?.collection).toThrow("names nothing");
  });
});

describe("what one schema calls writeOnly", () => {
  const secret = { type: "string", writeOnly: true };
  const shown = {
    type: "object",
    properties: { name: { type: "string" }, password: { type: "string" } },
  };
  const hiding = { type: "object", properties: { name: { type: "string" }, password: secret } };
  const query = ["name", "password"].map((name) => ({
    name,
    in: "query",
    schema: { type: "string" },
  }));
  const cases = [
    { name: "a request", given: { request: hiding, response: shown } },
    { name: "a response", given: { request: shown, response: hiding } },
    { name: "an item of a list", given: { request: shown, response: shown, item: hiding } },
  ];
  it.each(cases)(
    "is shown and searched nowhere: $name",
    ({ given: { request, response, item } }) => {
      const responses = { 200: content({ type: "array", items: item ?? shown }) };
      const [, list] = operationsOf({
        "/users/{id}": { get: { responses: { 200: content(response) } } },
        "/users": {
          get: { parameters: query, responses },
          post: { requestBody: content(request), responses: { 201: content(response) } },
        },
      });
      expect([...(list?.collection?.read.hidden ?? [])]).toEqual(["password"]);
      expect([...(list?.collection?.types.keys() ?? [])]).toEqual(["name"]);
      expect([...(list?.list?.filters.keys() ?? [])]).toEqual(["name"]);
    },
  );
});
