import { expect, it } from "vitest";
import { createDocument } from "../../src/openapi/document.js";
import { documentPages } from "../../src/server/document-pages.js";

it("a document that cannot be bundled is tried once", async () => {
  let reads = 0;
  const paths = { "/a": { $ref: "a.yaml" } };
  const read = (): never => {
    reads++;
    throw new RangeError("broken");
  };
  const document = createDocument({ openapi: "3.1.0", paths }, { uri: "file:///api.yaml", read });
  const page = documentPages(document, async () => {}).find(({ path }) => path === "/openapi.json");
  for (let count = 0; count < 2; count++)
    await expect(async () => page?.handle({} as never)).rejects.toThrow("broken");
  expect(reads).toBe(1);
});
