import { describe, expect, it } from "vitest";
import { createDocument, type OpenApiDocument } from "./document.js";
import { DocumentError } from "./document-error.js";
import type { ReadReference } from "./resource-index.js";

const uri = "file:///api/api.yaml";

/** A document beside which lie `files`, and which may fetch the rest. */
function documentWith(main: object, trees: Readonly<Record<string, unknown>>): OpenApiDocument {
  const read: ReadReference = (named, byFetched) => {
    const node = trees[named];
    if (node === undefined || (byFetched && named.startsWith("file:")))
      throw new DocumentError(`no ${named}`);
    return { uri: named, node, fetched: named.startsWith("https:") };
  };
  return createDocument({ openapi: "3.1.0", ...main }, { uri, read });
}

describe("a document that was fetched", () => {
  const secret = { token: "secret" };

  it.each([
    { name: "by its URI", fetched: { $ref: "file:///api/secret.yaml" } },
    {
      name: "under a name of its own",
      fetched: { $self: "file:///api/evil", $ref: "secret.yaml" },
    },
    {
      name: "in a schema with such a name",
      fetched: { $id: "file:///api/evil", allOf: [{ $id: "below", $ref: "secret.yaml" }] },
    },
  ])("refers to no file here: $name", ({ fetched }) => {
    // Also when the document itself refers to the file.
    for (const own of [{}, { components: { schemas: { S: { $ref: "secret.yaml" } } } }]) {
      const document = documentWith(own, {
        "https://a.test/a.yaml": fetched,
        "file:///api/secret.yaml": secret,
      });
      document.index.missing();
      const node = document.index.lookUp("https://a.test/a.yaml", {}).node as typeof fetched;
      const holder = "allOf" in node && node.allOf ? node.allOf[0] : node;
      expect(() => document.resolve(holder)).toThrow("stands in a document that was fetched");
    }
  });

  it("refers to others on the network, and back to the document", () => {
    const schemas = { A: { type: "null" } };
    const document = documentWith(
      { components: { schemas } },
      {
        "https://a.test/a.yaml": { $ref: "b.yaml" },
        "https://a.test/b.yaml": { $ref: `${uri}#/components/schemas/A` },
      },
    );
    expect(document.resolve({ $ref: "https://a.test/a.yaml" }).node).toEqual(schemas.A);
  });
});

describe("a name that is no URI reference", () => {
  it.each(["$self", "$id"])("%s", (key) => {
    const make = (): unknown => documentWith({ [key]: "http://[" }, {});
    expect(make).toThrow(DocumentError);
    expect(make).toThrow(
      `file:///api/api.yaml calls itself is no URI reference: http://[. (at /${key})`,
    );
  });
});
