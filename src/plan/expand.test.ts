import { readFile } from "node:fs/promises";
import { describe, expect, it } from "vitest";
import { objectOr } from "../base/json.js";
import { createDocument } from "../openapi/document.js";
import { parseDocument } from "../openapi/read-document.js";
import { expandDocument } from "./expand.js";
import { createPlan } from "./plan.js";

const short = await readFile(new URL("../../examples/profiles.yaml", import.meta.url), "utf8");
const full = await readFile(
  new URL("../../examples/profiles.openapi.yaml", import.meta.url),
  "utf8",
);

function actsOf(text: string): string[] {
  return createPlan(expandDocument(parseDocument(text)))
    .operations.map(
      ({ operation, act }) =>
        `${operation.method} ${operation.path} ${act.kind} ${operation.operationId}`,
    )
    .toSorted();
}

describe("the short form", () => {
  it("stands for what the example written in full says", () => {
    expect(actsOf(short)).toEqual(actsOf(full));
  });

  it("leaves no trace of itself", () => {
    const { root } = expandDocument(parseDocument(short));
    expect(JSON.stringify(root)).not.toContain("x-resource");
  });

  it("takes properties from a schema elsewhere, whose references stay those of its document", () => {
    const asked: string[] = [];
    const elsewhere = {
      Base: {
        properties: {
          name: { $ref: "#/Name" },
          beside: { $ref: "beside.json" },
          deep: { type: "object", properties: { secret: { $ref: "file:///d/secret.json" } } },
        },
      },
      Name: { type: "string", maxLength: 7 },
    };
    const trees: Record<string, object> = {
      "https://a.test/x/base.json": elsewhere,
      "https://a.test/x/beside.json": { type: "integer" },
      "file:///d/secret.json": { const: "secret" },
    };
    const allOf = [{ $ref: "https://a.test/x/base.json#/Base" }];
    const schemas = { Thing: { "x-resource": "/things", allOf } };
    const document = createDocument(
      { openapi: "3.1.0", components: { schemas } },
      {
        uri: "file:///d/api.json",
        read(uri, byFetched) {
          asked.push(uri);
          if (byFetched && uri.startsWith("file:")) throw new Error("asked for a file");
          return { uri, node: trees[uri], fetched: uri.startsWith("https:") };
        },
      },
    );
    const expanded = expandDocument(document);
    const { properties } = objectOr(expanded.index.lookUp("#/components/schemas/Thing", {}).node);
    const found = (name: string) => expanded.resolve(objectOr(properties)[name]).node;
    expect(found("name")).toEqual({ type: "string", maxLength: 7 });
    expect(found("beside")).toEqual({ type: "integer" });
    const { secret } = objectOr(objectOr(found("deep"))["properties"]);
    expect(() => expanded.resolve(secret)).toThrow("it stands in a document that was fetched");
    expect(asked).not.toContain("file:///d/secret.json");
  });

  it("takes a path without a trailing slash, and an array of files", () => {
    const document = parseDocument(
      JSON.stringify({
        openapi: "3.1.0",
        components: {
          schemas: {
            Album: {
              "x-resource": "/albums",
              properties: { photos: { type: "array", items: { contentMediaType: "image/*" } } },
            },
          },
        },
      }),
    );
    expect(Object.keys(objectOr(expandDocument(document).root["paths"]))).toEqual([
      "/albums",
      "/albums/{id}",
      "/albums/{id}/photos",
      "/albums/{id}/photos/{fileId}",
    ]);
  });

  it("has no filter for what is never shown", () => {
    const properties = {
      name: { type: "string" },
      password: { type: "string", writeOnly: true },
    };
    const schemas = { User: { "x-resource": "/users", properties } };
    const { operations } = createPlan(
      expandDocument(createDocument({ openapi: "3.1.0", components: { schemas } })),
    );
    const list = operations.find(({ act }) => act.kind === "list");
    expect(list?.operation.parameters.map(({ name }) => name).slice(3)).toEqual(["name"]);
  });

  it.each([
    { given: { "x-resource": "profiles" }, want: "must be a path" },
    { given: { "x-resource": "/a/{b}" }, want: "must be a path" },
  ])("$given", ({ given, want }) => {
    const document = parseDocument(
      JSON.stringify({ openapi: "3.1.0", components: { schemas: { A: given } } }),
    );
    expect(() => expandDocument(document)).toThrow(want);
  });
});
