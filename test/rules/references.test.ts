// D: what references lead to: schemas by name, files, documents elsewhere.
import { once } from "node:events";
import { mkdtemp, mkdir, rm, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createDocument } from "../../src/openapi/document.js";
import { documentOf, fields, formContent, json, jsonContent, multipart, send } from "./wall.js";

describe("schemas by name", () => {
  const Named = {
    $id: "https://schemas.test/named",
    $defs: { Short: { $anchor: "short", type: "string", maxLength: 3 } },
    type: "object",
    properties: { a: { $ref: "#short" }, b: { $ref: "#/$defs/Short" } },
  };
  const components = { schemas: { Named, Top: { $anchor: "top", type: "integer" } } };

  it.each([
    { ref: "https://schemas.test/named", value: { a: "abcd" }, pointer: "/p/a" },
    { ref: "#/components/schemas/Named", value: { b: "abcd" }, pointer: "/p/b" },
    { ref: "https://schemas.test/named#short", value: "abcd", pointer: "/p" },
    { ref: "#top", value: "abcd", pointer: "/p" },
  ])("D-03 $ref leads to what an $id or an $anchor names", async ({ ref, value, pointer }) => {
    const content = jsonContent({ p: { $ref: ref } });
    expect(await send({ content, components }, json({ p: value }))).toMatchObject({
      status: 400,
      errors: [{ code: "invalid-value", pointer }],
    });
  });

  it("D-03 the base dialect is 2020-12, also where the document names another", async () => {
    const content = jsonContent({ a: { prefixItems: [{ type: "integer" }], items: false } });
    const root = { jsonSchemaDialect: "https://example.com/dialect" };
    expect((await send({ content, root }, json({ a: [1] }))).status).toBe(200);
    expect(await send({ content, root }, json({ a: [1, 2] }))).toMatchObject({
      status: 400,
      errors: [{ pointer: "/a" }],
    });
  });
});

describe("$dynamicRef", () => {
  // A list of anything, and one that says of what (JSON Schema 2020-12 §8.2.3.2).
  const schemas = {
    List: {
      $id: "https://schemas.test/list",
      type: "object",
      properties: {
        first: { $dynamicRef: "#item" },
        rest: { type: "array", items: { $dynamicRef: "#item" } },
      },
      $defs: { item: { $dynamicAnchor: "item" } },
    },
    Numbers: {
      $id: "https://schemas.test/numbers",
      $ref: "list",
      $defs: { item: { $dynamicAnchor: "item", type: "integer" } },
    },
    Pictures: {
      $id: "https://schemas.test/pictures",
      $ref: "list",
      $defs: { item: { $dynamicAnchor: "item", type: "string", contentEncoding: "base64" } },
    },
  };
  const components = { schemas };
  it("D-03 means the outermost $dynamicAnchor on the way", async () => {
    const wrong = json({ first: "x", rest: [1, "y"] });
    expect((await send({ content: contentOf("List"), components }, wrong)).status).toBe(200);
    expect(await send({ content: contentOf("Numbers"), components }, wrong)).toMatchObject({
      status: 400,
      errors: [{ pointer: "/first" }, { pointer: "/rest/1" }],
    });
  });

  it("D-03 decides what is a file, in JSON", async () => {
    const sent = json({ first: "Zm9v", rest: ["YmFy"] });
    const pictures = await send({ content: contentOf("Pictures"), components }, sent);
    expect(pictures.value).toMatchObject({ first: { file: "foo" }, rest: [{ file: "bar" }] });
    expect((await send({ content: contentOf("List"), components }, sent)).value).toEqual({
      first: "Zm9v",
      rest: ["YmFy"],
    });
  });

  it("D-03 decides what is a file or a number, in parts", async () => {
    const parts = multipart([
      { name: "first", body: "Zm9v" },
      { name: "rest", body: "YmFy" },
    ]);
    const pictures = await send({ content: contentOf("Pictures"), components }, parts);
    expect(pictures.value).toMatchObject({ first: { file: "foo" }, rest: [{ file: "bar" }] });
    const numbers = { content: contentOf("Numbers"), components };
    expect((await send(numbers, fields(["first", "1"], ["rest", "2"]))).value).toEqual({
      first: 1,
      rest: [2],
    });
    expect(await send(numbers, fields(["first", "x"]))).toMatchObject({
      status: 400,
      errors: [{ code: "invalid-value", pointer: "/first", part: { name: "first", index: 0 } }],
    });
  });

  it("D-03 extends a tree at every level", async () => {
    const tree = {
      Tree: {
        $id: "https://schemas.test/tree",
        $dynamicAnchor: "node",
        type: "object",
        properties: { children: { type: "array", items: { $dynamicRef: "#node" } } },
      },
      Strict: {
        $id: "https://schemas.test/strict-tree",
        $dynamicAnchor: "node",
        $ref: "tree",
        unevaluatedProperties: false,
      },
    };
    const api = { content: contentOf("Strict"), components: { schemas: tree } };
    expect((await send(api, json({ children: [{ children: [] }] }))).status).toBe(200);
    expect(await send(api, json({ children: [{ daat: 1 }] }))).toMatchObject({
      status: 400,
      errors: [{ code: "unknown-property", pointer: "/children/0/daat" }],
    });
  });
});

/** In JSON and in a form. */
function contentOf(name: string): object {
  const schema = { $ref: `#/components/schemas/${name}` };
  return { "application/json": { schema }, "multipart/form-data": { schema } };
}

describe("files beside the document", () => {
  let folder = "";
  const files: Record<string, string> = {
    "secret.yaml": "type: string\n",
    "api/schemas/pet.yaml": "type: object\nproperties:\n  tag: { $ref: 'tag.json#/Tag' }\n",
    "api/schemas/tag.json": '{"Tag":{"type":"string","maxLength":3}}',
    "api/out.yaml": "$ref: ../secret.yaml\n",
  };
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "waybill-refs-"));
    for (const [name, text] of Object.entries(files)) {
      await mkdir(dirname(join(folder, name)), { recursive: true });
      await writeFile(join(folder, name), text);
    }
  });
  afterAll(() => rm(folder, { recursive: true }));

  const sendTo = async (ref: string, value: unknown, root: object = {}) => {
    const file = join(folder, "api/api.json");
    const content = jsonContent({ p: { $ref: ref } });
    await writeFile(file, JSON.stringify(documentOf({ openapi: "3.2.0", content, root })));
    return send({ options: { document: file } }, json({ p: value }));
  };

  it("D-06 a reference leads to a file, and from there to others", async () => {
    expect(await sendTo("./schemas/pet.yaml", { tag: "abc" })).toMatchObject({ status: 200 });
    expect(await sendTo("./schemas/pet.yaml", { tag: "abcd" })).toMatchObject({
      status: 400,
      errors: [{ code: "invalid-value", pointer: "/p/tag" }],
    });
  });

  it.each([
    { ref: "../secret.yaml", want: "leaves the document's folder" },
    { ref: "out.yaml", want: "leaves the document's folder" },
    { ref: "file:///etc/hostname", want: "leaves the document's folder" },
    { ref: "schemas/none.yaml", want: "names no file" },
  ])("D-06 out of the folder nothing is read: $ref", async ({ ref, want }) => {
    expect(await sendTo(ref, 1)).toMatchObject({
      status: 501,
      errors: [{ code: "not-implemented", detail: expect.stringContaining(want) }],
    });
  });

  it("D-04 references are relative to $self, and what lies beside that name lies beside the file", async () => {
    const root = { $self: "https://example.com/apis/petstore" };
    const wrong = { tag: "abcd" };
    for (const ref of ["schemas/pet.yaml", "https://example.com/apis/schemas/pet.yaml"])
      expect(await sendTo(ref, wrong, root)).toMatchObject({
        status: 400,
        errors: [{ pointer: "/p/tag" }],
      });
  });

  it("D-04 $self names the document itself", () => {
    const own = createDocument(
      {
        openapi: "3.2.0",
        $self: "/api",
        components: { schemas: { A: { type: "null" } } },
      },
      { uri: "https://example.com/elsewhere/file.yaml" },
    );
    expect(own.resolve({ $ref: "https://example.com/api#/components/schemas/A" }).node).toEqual({
      type: "null",
    });
  });
});

describe("documents elsewhere", () => {
  let server: Server;
  let origin = "";
  const asked: string[] = [];
  const texts: Record<string, string> = {
    "/a.yaml": "Named: { $ref: 'b.json#/Short' }\nAgain: { $ref: '#/Named' }\n",
    "/b.json": '{"Short":{"type":"string","maxLength":3}}',
    "/broken.json": "{",
  };
  beforeAll(async () => {
    server = createServer((request, response) => {
      asked.push(request.url ?? "");
      const text = texts[request.url ?? ""];
      response.writeHead(text === undefined ? 404 : 200).end(text);
    }).listen(0, "127.0.0.1");
    await once(server, "listening");
    const address = server.address();
    origin = `http://localhost:${typeof address === "object" ? address?.port : ""}`;
  });
  afterAll(() => void server.close());

  const sendTo = (ref: string, references: object, value: unknown = "abcd") => {
    asked.length = 0;
    const content = formContent({ p: { $ref: origin + ref } });
    return send({ content, options: { references } }, fields(["p", String(value)]));
  };

  it("D-06 nothing is fetched unless it is allowed", async () => {
    expect(await sendTo("/a.yaml#/Named", {})).toMatchObject({
      status: 501,
      errors: [{ detail: expect.stringContaining("nothing is fetched from elsewhere") }],
    });
    expect(asked).toEqual([]);
  });

  it("D-06 what is allowed may not be internal by itself", async () => {
    expect(await sendTo("/a.yaml#/Named", { allow: [origin] })).toMatchObject({
      status: 501,
      errors: [{ detail: expect.stringContaining("its address is an internal one") }],
    });
    expect(asked).toEqual([]);
  });

  it("D-06 what is allowed by name is fetched once, with what it refers to", async () => {
    const references = { allow: [origin], internal: ["localhost"] };
    const answer = await sendTo("/a.yaml#/Again", references);
    expect(answer).toMatchObject({
      status: 400,
      errors: [{ code: "invalid-value", pointer: "/p" }],
    });
    expect(asked.toSorted()).toEqual(["/a.yaml", "/b.json"]);
    expect((await sendTo("/a.yaml#/Again", references, "abc")).status).toBe(200);
  });

  it("D-06 only below what is allowed", async () => {
    const references = { allow: [`${origin}/a.yaml`], internal: ["localhost"] };
    expect((await sendTo("/a.yaml#/Named", references)).status).toBe(501);
    expect(asked).toEqual(["/a.yaml"]);
  });

  it.each([
    { ref: "/none.json", want: "answers 404" },
    { ref: "/broken.json", want: "Cannot parse" },
  ])("D-06 what cannot be had is told by the operation that needs it: $ref", async (given) => {
    const references = { allow: [origin], internal: ["localhost"] };
    expect(await sendTo(given.ref, references)).toMatchObject({
      status: 501,
      errors: [{ detail: expect.stringContaining(given.want) }],
    });
  });
});
