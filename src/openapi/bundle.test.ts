import { describe, expect, it } from "vitest";
import { bundleDocument } from "./bundle.js";
import { createDocument } from "./document.js";
import { DocumentError } from "./document-error.js";

const base = "https://example.com/api/";

/** `main`, with other documents beside it, as it is published. */
function bundle(main: object, files: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const read = (uri: string) => {
    const node = files[uri.slice(base.length)];
    if (node === undefined) throw new DocumentError(`no ${uri}`);
    return { uri, node, fetched: false };
  };
  const root = { openapi: "3.1.0", ...main };
  return { ...bundleDocument(createDocument(root, { uri: `${base}api.yaml`, read })) };
}

function bodyOf(schema: unknown): object {
  return { requestBody: { content: { "application/json": { schema } } } };
}

describe("a bundled document", () => {
  it("is the same where nothing leads out of it", () => {
    const main = {
      paths: { "/a": { post: bodyOf({ $ref: "#/components/schemas/A" }) } },
      components: { schemas: { A: { $anchor: "a", items: { $ref: "#a" } } } },
    };
    expect(bundle(main, {})).toEqual({ openapi: "3.1.0", ...main });
  });

  it("brings schemas in once, under names that are free, and keeps recursion", () => {
    const main = {
      paths: {
        "/a": { post: bodyOf({ $ref: "pets.yaml#/Pet" }) },
        "/b": { post: bodyOf({ $ref: "./pets.yaml#/Pet", description: "Beside" }) },
      },
      components: { schemas: { Pet: { type: "null" } } },
    };
    const files = {
      "pets.yaml": {
        Pet: { properties: { friend: { $ref: "#/Pet" }, tag: { $ref: "tag.json" } } },
      },
      "tag.json": { $id: "https://elsewhere.test/tag", $anchor: "tag", type: "string" },
    };
    expect(bundle(main, files)).toEqual({
      openapi: "3.1.0",
      paths: {
        "/a": { post: bodyOf({ $ref: "#/components/schemas/Pet_2" }) },
        "/b": { post: bodyOf({ $ref: "#/components/schemas/Pet_2", description: "Beside" }) },
      },
      components: {
        schemas: {
          Pet: { type: "null" },
          Pet_2: {
            properties: {
              friend: { $ref: "#/components/schemas/Pet_2" },
              tag: { $ref: "#/components/schemas/tag" },
            },
          },
          tag: { type: "string" },
        },
      },
    });
  });

  it("leads back into the document where a file refers to it", () => {
    const main = {
      paths: { "/a": { post: bodyOf({ $ref: "b.yaml" }) } },
      components: { schemas: { A: { type: "null" } } },
    };
    const files = { "b.yaml": { items: { $ref: "api.yaml#/components/schemas/A" } } };
    expect(bundle(main, files)).toMatchObject({
      components: { schemas: { b: { items: { $ref: "#/components/schemas/A" } } } },
    });
  });

  it("puts each kind of object where its kind is kept, and path items in their place", () => {
    const main = {
      paths: { "/a": { $ref: "paths.yaml#/a" } },
    };
    const files = {
      "paths.yaml": {
        a: {
          parameters: [{ $ref: "parts.yaml#/Page" }],
          get: {
            responses: { 200: { $ref: "parts.yaml#/Found" } },
            callbacks: { done: { "{$url}": { post: bodyOf({ $ref: "parts.yaml#/S" }) } } },
          },
        },
      },
      "parts.yaml": {
        Page: { name: "page", in: "query", schema: { $ref: "#/S" } },
        Found: { description: "Found", headers: { ETag: { $ref: "#/ETag" } } },
        ETag: { schema: { type: "string" } },
        S: { type: "integer", default: { $ref: "#/not/a/reference" } },
      },
    };
    expect(bundle(main, files)).toEqual({
      openapi: "3.1.0",
      paths: {
        "/a": {
          parameters: [{ $ref: "#/components/parameters/Page" }],
          get: {
            responses: { 200: { $ref: "#/components/responses/Found" } },
            callbacks: {
              done: { "{$url}": { post: bodyOf({ $ref: "#/components/schemas/S" }) } },
            },
          },
        },
      },
      components: {
        parameters: {
          Page: { name: "page", in: "query", schema: { $ref: "#/components/schemas/S" } },
        },
        responses: {
          Found: { description: "Found", headers: { ETag: { $ref: "#/components/headers/ETag" } } },
        },
        headers: { ETag: { schema: { type: "string" } } },
        schemas: { S: { type: "integer", default: { $ref: "#/not/a/reference" } } },
      },
    });
  });

  it("names in discriminators what it brought in", () => {
    const main = {
      components: { schemas: { Pet: { $ref: "pets.yaml#/components/schemas/Pet" } } },
    };
    const mapping = { cat: "Cat", dog: "dog.yaml", own: "#/components/schemas/Cat" };
    const files = {
      "pets.yaml": {
        components: {
          schemas: {
            Pet: { discriminator: { propertyName: "kind", mapping } },
            Cat: { title: "Cat" },
          },
        },
      },
      "dog.yaml": { title: "Dog" },
    };
    expect(bundle(main, files)).toMatchObject({
      components: {
        schemas: {
          Pet_2: {
            discriminator: {
              mapping: {
                cat: "#/components/schemas/Cat",
                dog: "#/components/schemas/dog",
                own: "#/components/schemas/Cat",
              },
            },
          },
        },
      },
    });
  });

  it("keeps schemas with $dynamicRef as resources of their own, with all they refer to", () => {
    const main = { paths: { "/a": { post: bodyOf({ $ref: "numbers.yaml" }) } } };
    const files = {
      "numbers.yaml": {
        $ref: "list.yaml",
        $defs: { item: { $dynamicAnchor: "item", $ref: "integer.yaml" } },
      },
      "list.yaml": {
        items: { $dynamicRef: "#item" },
        $defs: { item: { $dynamicAnchor: "item" } },
      },
      "integer.yaml": { type: "integer" },
    };
    const bundled = bundle(main, files);
    expect(bundled).toMatchObject({
      ...main,
      components: {
        schemas: {
          numbers: { $id: "numbers.yaml", $ref: "list.yaml" },
          list: { $id: "list.yaml" },
          integer: { $id: "integer.yaml", type: "integer" },
        },
      },
    });
    // Nothing but itself is needed to read it.
    const alone = createDocument(bundled);
    const schema = alone.resolve({ $ref: "numbers.yaml" }).node;
    expect(schema).toMatchObject({ items: { $ref: "waybill://document/numbers.yaml#item" } });
  });

  it("keeps percent signs in names", () => {
    const schemas = { "50%": { type: "null" } };
    const main = {
      paths: { "/a": { post: bodyOf({ $ref: "b.yaml#/100%25" }) } },
      components: { schemas },
    };
    const files = {
      "b.yaml": { "100%": { items: { $ref: "api.yaml#/components/schemas/50%25" } } },
    };
    const bundled = bundle(main, files);
    expect(bundled).toMatchObject({
      paths: { "/a": { post: bodyOf({ $ref: "#/components/schemas/100_" }) } },
      components: { schemas: { "100_": { items: { $ref: "#/components/schemas/50%25" } } } },
    });
    expect(createDocument(bundled).resolve({ $ref: "#/components/schemas/50%25" }).node).toEqual(
      schemas["50%"],
    );
  });

  it("may call itself by a URN", () => {
    const main = {
      $self: "urn:example:api",
      paths: { "/a": { post: bodyOf({ $ref: `${base}numbers.yaml` }) } },
    };
    const files = { "numbers.yaml": { items: { $dynamicRef: "#a" }, $dynamicAnchor: "a" } };
    expect(bundle(main, files)).toMatchObject({
      components: { schemas: { numbers: { $id: `${base}numbers.yaml` } } },
    });
  });

  it("is refused when what it puts in place grows without an end in time", () => {
    const levels = Object.fromEntries(Array.from({ length: 25 }, (_, n) => [n, level(n)]));
    const main = { paths: { "/a": { $ref: "p.yaml#/0" } } };
    expect(() => bundle(main, { "p.yaml": { ...levels, 25: {} } })).toThrow("too large");
  });

  it("leaves a reference that leads to nothing as it is", () => {
    const main = { paths: { "/a": { post: bodyOf({ $ref: "none.yaml" }) } } };
    expect(bundle(main, {})).toEqual({ openapi: "3.1.0", ...main });
  });
});

/** A Path Item that leads to the next one twice. */
function level(n: number): object {
  const next = { $ref: `p.yaml#/${n + 1}` };
  return { get: { callbacks: { a: { x: next, y: { ...next } } } } };
}
