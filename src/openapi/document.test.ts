import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { describe, expect, it } from "vitest";
import { besideFile, parseDocument, readDocument } from "./read-document.js";
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
    { given: "other.yaml#/x", want: "nothing is fetched" },
    { given: "https://example.com/a.yaml", want: "nothing is fetched" },
    { given: "#nowhere", want: "names nothing" },
    { given: "#/%", want: "badly encoded" },
  ])("$given", ({ given, want }) => {
    expect(() => document.resolve({ $ref: given })).toThrow(want);
  });
});

function see(schema: unknown, openapi = "3.1.0") {
  return viewSchema(parseDocument(JSON.stringify({ openapi })), schema);
}

describe("references to what has a name", () => {
  const Named = {
    $id: "https://example.com/named",
    $defs: { In: { $anchor: "in", type: "integer" } },
    properties: { a: { $ref: "#in" }, b: { $ref: "#/$defs/In" } },
  };
  const document = parseDocument(
    JSON.stringify({
      openapi: "3.1.0",
      components: { schemas: { Named, Top: { $anchor: "top", type: "null" } } },
    }),
  );
  const held = (name: string): unknown =>
    viewSchema(
      document,
      document.resolve({ $ref: "#/components/schemas/Named" }).node,
    ).properties.get(name);

  it.each([
    { name: "D-03 $id", given: { $ref: "https://example.com/named#in" }, want: "integer" },
    { name: "$anchor", given: { $ref: "#top" }, want: "null" },
  ])("$name", ({ given, want }) => {
    expect(document.resolve(given).node).toMatchObject({ type: want });
  });

  it.each(["a", "b"])("within an $id: %s", (name) => {
    expect(document.resolve(held(name)).node).toMatchObject({ type: "integer" });
  });

  it("D-04 $self is the base", () => {
    const own = parseDocument(
      JSON.stringify({
        openapi: "3.2.0",
        $self: "https://example.com/api",
        components: { schemas: { A: { type: "null" } } },
      }),
    );
    expect(own.resolve({ $ref: "https://example.com/api#/components/schemas/A" }).node).toEqual({
      type: "null",
    });
  });
});

describe("references to files", () => {
  it("D-06 stay within the document's folder, and know their own base", async () => {
    const folder = await mkdtemp(join(tmpdir(), "waybill-refs-"));
    await mkdir(join(folder, "api/schemas"), { recursive: true });
    await writeFile(join(folder, "secret.yaml"), "type: string\n");
    await writeFile(
      join(folder, "api/schemas/a.yaml"),
      "A: { $ref: '#/B' }\nB: { $ref: './b.json' }\nC: { $ref: '../../secret.yaml' }\n",
    );
    await writeFile(join(folder, "api/schemas/b.json"), '{"type":"integer"}');
    await writeFile(join(folder, "api/api.yaml"), "openapi: 3.1.0\n");
    const document = await readDocument(join(folder, "api/api.yaml"));
    expect(document.resolve({ $ref: "schemas/a.yaml#/A" }).node).toEqual({ type: "integer" });
    expect(() => document.resolve({ $ref: "schemas/a.yaml#/C" })).toThrow(
      "leaves the document's folder",
    );
    expect(() => document.resolve({ $ref: "schemas/none.yaml" })).toThrow("names no file");
    expect(() => document.resolve({ $ref: "./schemas" })).toThrow("names no file"); // a folder
    expect(() => document.resolve({ $ref: "file://host/a.yaml" })).toThrow("names no file");
    await rm(folder, { recursive: true });
  });
});

describe("a document in the root folder, or with a name without a folder", () => {
  it("refers to files below it", async () => {
    const folder = await mkdtemp(join(tmpdir(), "waybill-refs-"));
    const file = join(folder, "a.yaml");
    await writeFile(file, "type: integer\n");
    const read = besideFile({ uri: "file:///api.yaml", base: "file:///api.yaml" });
    expect(read(pathToFileURL(file).href, false).node).toEqual({ type: "integer" });
    await rm(folder, { recursive: true });
  });

  it("refers to nothing beside a URN", () => {
    const read = besideFile({ uri: "file:///api.yaml", base: "urn:example:api" });
    expect(() => read("https://a.test/a.yaml", false)).toThrow("nothing is fetched");
    expect(() => read("urn:example:other", false)).toThrow("nothing is fetched");
  });
});

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
