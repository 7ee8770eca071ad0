import { describe, expect, it } from "vitest";
import { parseDocument } from "../openapi/read-document.js";
import { createPlan, type OperationPlan } from "./plan.js";

function planOf(paths: object, components: object = {}, openapi = "3.1.1") {
  return createPlan(parseDocument(JSON.stringify({ openapi, info: {}, paths, components })));
}

function formOf(schema: object, encoding: object = {}, openapi = "3.1.1") {
  const content = { "multipart/form-data": { schema: { type: "object", ...schema }, encoding } };
  const [operation] = planOf(
    { "/x": { post: { requestBody: { content } } } },
    {},
    openapi,
  ).operations;
  const body = operation?.body?.media[0]?.body;
  if (!body || !("form" in body)) throw new Error("no form");
  return body.form;
}

describe("the act of an operation, by convention", () => {
  const ok = { responses: { 200: { description: "" } } };
  const body = { requestBody: { content: { "application/json": { schema: { type: "object" } } } } };
  const binary = { responses: { 200: { description: "", content: { "image/png": {} } } } };
  const cases = [
    { given: { "/things": { post: body } }, want: ["create /things"] },
    { given: { "/things/": { get: ok, post: body } }, want: ["list /things", "create /things"] },
    {
      given: { "/things/{id}": { get: ok, put: body, patch: body, delete: ok, post: body } },
      want: ["retrieve /things", "replace /things", "none", "delete /things", "patch /things"],
    },
    {
      given: { "/things/{id}": { get: ok }, "/things/{id}/pic": { get: binary } },
      want: ["retrieve /things", "get-file /things pic"],
    },
    { given: { "/things/{id}/pic": { get: binary } }, want: ["none"] },
    { given: { "/me": { get: ok } }, want: ["none"] },
    { given: { "/me": { put: body } }, want: ["none"] },
    { given: { "/things": { post: ok } }, want: ["none"] },
    { given: { "/users/{u}/posts/{id}": { get: ok } }, want: ["retrieve /users/{}/posts"] },
    { given: { "/a/{b}/{c}": { get: ok } }, want: ["none"] },
    { given: { "/file.{format}": { get: ok } }, want: ["none"] },
  ];
  it.each(cases)("$want", ({ given, want }) => {
    expect(planOf(given).operations.map(actText)).toEqual(want);
  });
});

function actText({ act }: OperationPlan): string {
  if (!("collection" in act)) return act.kind;
  return [act.kind, act.collection, "property" in act ? act.property : ""].join(" ").trim();
}

it.each(["multipart/form-data", "application/x-www-form-urlencoded"])(
  "as many plans for members in %s as the document has schemas, however many ways lead to them",
  (type) => {
    const node = { $ref: "#/components/schemas/Node" };
    const properties = { a: node, b: node, c: { allOf: [node] }, v: { type: "string" } };
    const paths = { "/x": { post: { requestBody: { content: { [type]: { schema: node } } } } } };
    const { operations } = planOf(paths, { schemas: { Node: { properties } } });
    const body = operations[0]?.body?.media[0]?.body;
    const forms = new Set(body && "form" in body ? [body.form] : []);
    for (const form of forms) {
      if (forms.size > 99) break; // without end
      for (const { members } of form.properties.values()) if (members) forms.add(members);
    }
    expect(forms.size).toBe(4);
  },
);

describe("how a property of a form is carried", () => {
  const object = { type: "object", properties: { a: { type: "string" } } };
  const cases = [
    { name: "E-02 {}", schema: {}, want: ["file", "one", "application/octet-stream"] },
    { name: "E-02 string", schema: { type: "string" }, want: ["text", "one", "text/plain"] },
    { name: "E-02 integer", schema: { type: "integer" }, want: ["text", "one", "text/plain"] },
    { name: "E-02 object", schema: object, want: ["json", "one", "application/json"] },
    {
      name: "E-02 array of strings",
      schema: { type: "array", items: { type: "string" } },
      want: ["text", "many", "text/plain"],
    },
    {
      name: "E-02 array of objects",
      schema: { type: "array", items: object },
      want: ["json", "many", "application/json"],
    },
    {
      name: "E-02 encoded",
      schema: { type: "string", contentEncoding: "base64" },
      want: ["file", "one", "application/octet-stream"],
    },
    { name: "B-02", schema: { contentMediaType: "image/png" }, want: ["file", "one", "image/png"] },
    {
      name: "B-04 binary",
      schema: { type: "string", format: "binary" },
      want: ["file", "one", "application/octet-stream"],
    },
    {
      name: "B-04 FastAPI",
      schema: { type: "string", contentMediaType: "application/octet-stream" },
      want: ["file", "one", "application/octet-stream"],
    },
    {
      name: "B-04 Discord",
      schema: { type: "string", contentEncoding: "binary" },
      want: ["file", "one", "application/octet-stream"],
    },
    {
      name: "T-b text stays text",
      schema: { type: "string", contentMediaType: "text/csv" },
      want: ["text", "one", "text/csv"],
    },
    {
      name: "B-08",
      schema: { anyOf: [{ type: "integer" }, { type: "null" }] },
      want: ["text", "one", "text/plain"],
    },
    {
      name: "file or null",
      schema: { anyOf: [{ contentMediaType: "image/png" }, { type: "null" }] },
      want: ["file", "one", "application/octet-stream"],
    },
    {
      name: "B-11",
      schema: {
        oneOf: [
          { type: "string", format: "binary" },
          { type: "array", items: { type: "string", format: "binary" } },
        ],
      },
      want: ["file", "either", "application/octet-stream"],
    },
    { name: "enum", schema: { enum: ["a", "b"] }, want: ["text", "one", "text/plain"] },
  ];
  it.each(cases)("$name", ({ schema, want }) => {
    const plan = formOf({ properties: { p: schema } }).properties.get("p");
    expect([plan?.carried, plan?.many, plan?.contentTypes.join()]).toEqual(want);
  });

  it("E-05 an explicit contentType is a list", () => {
    const form = formOf({ properties: { p: {} } }, { p: { contentType: "image/png, image/jpeg" } });
    const plan = form.properties.get("p");
    expect(plan).toMatchObject({
      carried: "file",
      explicit: true,
      contentTypes: ["image/png", "image/jpeg"],
    });
    expect(plan?.file).toMatchObject({ image: true, allowedTypes: ["image/png", "image/jpeg"] });
  });

  it("XML by contentType", () => {
    const form = formOf(
      { properties: { p: object } },
      { p: { contentType: "application/xml; charset=utf-8" } },
    );
    expect(form.properties.get("p")).toMatchObject({ carried: "xml", xml: { name: "p" } });
  });

  it("S-01, S-02 style counts from 3.1 on", () => {
    const tags = { type: "array", items: { type: "string" } };
    const encoding = { tags: { style: "form", explode: false } };
    const style = (version: string) =>
      formOf({ properties: { tags } }, encoding, version).properties.get("tags")?.style;
    expect(style("3.0.3")).toBeUndefined();
    expect(style("3.1.0")).toMatchObject({ style: "form", explode: false, kind: "array" });
  });

  it("S-10 style beside a file changes nothing", () => {
    const form = formOf(
      { properties: { p: { type: "string", format: "binary" } } },
      { p: { style: "form" } },
    );
    expect(form.properties.get("p")).toMatchObject({ carried: "file", style: undefined });
  });

  it("M-12 unknown names are refused where the schema says so", () => {
    expect(formOf({ additionalProperties: false }).additional).toBeUndefined();
    expect(formOf({}).additional).toMatchObject({ undeclared: true });
  });

  it("M-14 properties behind allOf and $ref", () => {
    const content = {
      "multipart/form-data": {
        schema: { allOf: [{ $ref: "#/components/schemas/A" }, { properties: { file: {} } }] },
      },
    };
    const plan = planOf(
      { "/x": { post: { requestBody: { content } } } },
      { schemas: { A: { properties: { a: { type: "string" } } } } },
    );
    const body = plan.operations[0]?.body?.media[0]?.body;
    expect(body && "form" in body && [...body.form.properties.keys()]).toEqual(["a", "file"]);
  });
});

describe("documents that are hard to read", () => {
  it("D-07 a recursive schema compiles", () => {
    const Comment = {
      type: "object",
      properties: {
        pic: { type: "string", contentEncoding: "base64" },
        replies: { type: "array", items: { $ref: "#/components/schemas/Comment" } },
      },
    };
    const content = { "application/json": { schema: { $ref: "#/components/schemas/Comment" } } };
    const media = planOf(
      { "/comments": { post: { requestBody: { content } } } },
      { schemas: { Comment } },
    ).operations[0]?.body?.media[0];
    const value = media?.body.kind === "json" ? media.body.value : undefined;
    expect(value?.properties?.get("replies")?.items?.properties?.get("pic")?.file).toBe(true);
  });

  it("D-05 what one operation has wrong does not hurt the others", () => {
    const content = { "application/json": { schema: { $ref: "#/components/schemas/Nowhere" } } };
    const plan = planOf({
      "/bad": { post: { requestBody: { content } } },
      "/good": { post: { requestBody: { content: { "no type": {} } } } },
    });
    expect(() => plan.operations[0]?.body).toThrow("names nothing");
    expect(plan.operations[1]?.body?.media).toEqual([]);
  });
});
