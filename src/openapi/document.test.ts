import { describe, expect, it } from "vitest";
import { parseDocument } from "./document.js";
import { viewSchema } from "./schema.js";

describe("reading a document", () => {
  it.each([
    { name: "YAML", given: "openapi: 3.1.0\ninfo: { title: A }\n", want: "3.1" },
    { name: "JSON", given: '{"openapi":"3.0.3"}', want: "3.0" },
    { name: "YAML in flow style", given: "{openapi: 3.2.0}", want: "3.2" },
  ])("$name", ({ given, want }) => {
    expect(parseDocument(given).rules.minor).toBe(want);
  });

  it("leaves dates in YAML as they stand", () => {
    expect(parseDocument("openapi: 3.1.0\ninfo: { version: 2026-01-01 }\n").root["info"]).toEqual({
      version: "2026-01-01",
    });
  });

  it.each([
    { given: "swagger: '2.0'\n", want: "found 2.0" },
    { given: "a: [\n", want: "Cannot parse" },
    { given: "- 1\n", want: "is not an object" },
    { given: "openapi: 3.10.0\n", want: "found 3.10.0" },
  ])("refuses $given", ({ given, want }) => {
    expect(() => parseDocument(given)).toThrow(want);
  });
});

describe("references", () => {
  const document = parseDocument(
    JSON.stringify({
      openapi: "3.1.0",
      components: {
        schemas: { "a/b": { type: "string" }, Loop: { $ref: "#/components/schemas/Loop" } },
      },
    }),
  );
  it("unescapes pointers", () => {
    expect(document.resolve({ $ref: "#/components/schemas/a~1b" }).node).toEqual({
      type: "string",
    });
  });
  it.each([
    { given: "#/components/schemas/Loop", want: "back to itself" },
    { given: "#/nowhere", want: "names nothing" },
    { given: "#/components/__proto__", want: "names nothing" },
    { given: "other.yaml#/x", want: "leaves the document" },
  ])("$given", ({ given, want }) => {
    expect(() => document.resolve({ $ref: given })).toThrow(want);
  });
});

function see(schema: unknown, openapi = "3.1.0") {
  return viewSchema(parseDocument(JSON.stringify({ openapi })), schema);
}

describe("a schema as the body rules see it", () => {
  it("B-07 narrows types through allOf", () => {
    expect([
      ...(see({ allOf: [{ type: ["string", "number"] }, { type: "string" }] }).types ?? []),
    ]).toEqual(["string"]);
  });
  it("counts integers among numbers", () => {
    expect(see({ allOf: [{ type: "number" }, { type: "integer" }] }).types).toContain("integer");
  });
  it("takes the tightest maxLength", () => {
    expect(see({ maxLength: 9, allOf: [{ maxLength: 3 }] }).maxLength).toBe(3);
  });
  it("D-02 nullable adds null in 3.0", () => {
    expect(see({ type: "string", nullable: true }, "3.0.3").types).toContain("null");
  });
  it("false allows nothing", () => {
    expect(see(false).never).toBe(true);
  });
});
