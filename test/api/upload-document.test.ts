// Which documents get the operations of uploads, for whom they are open, and how they keep out of the way of the
// document's own.
import { afterEach, describe, expect, it } from "vitest";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pictures } from "../system/http-scenario.js";
import type { Waybill, WaybillOptions } from "../../src/server/create-waybill.js";
import { openWaybill, undo, undoAll } from "./open-waybill.js";

afterEach(undoAll);

async function start(document: object, options: Partial<WaybillOptions> = {}): Promise<Waybill> {
  const head = { openapi: "3.1.1", info: { title: "T", version: "1" } };
  const inMemory = { document: { ...head, ...document }, data: ":memory:", ...options };
  return (await openWaybill({}, inMemory)).waybill;
}

function call(waybill: Waybill, method: string, path: string, init: RequestInit = {}) {
  return waybill.fetch(new Request(`http://api.test${path}`, { method, ...init }));
}

async function stage(waybill: Waybill, who?: string): Promise<number> {
  const headers = { "content-type": "image/png", ...(who ? bearer(who) : {}) };
  return (await call(waybill, "POST", "/uploads", { body: pictures.red, headers })).status;
}

const bearer = (secret: string) => ({ authorization: `Bearer ${secret}` });

function taking(schema: object, more: object = {}): object {
  const requestBody = { content: { "application/json": { schema } } };
  return { post: { requestBody, responses: {}, ...more } };
}

const raw = (content: object) => ({ post: { requestBody: { content }, responses: {} } });
const handle = () => ({ body: "mine" });
const file = { type: "object", properties: { f: { contentEncoding: "base64" } } };
const text = { type: "object", properties: { t: { type: "string" } } };

describe("who may upload, where the document says it operation by operation", () => {
  const components = {
    securitySchemes: {
      a: { type: "http", scheme: "bearer" },
      b: { type: "http", scheme: "bearer" },
      c: { type: "http", scheme: "bearer" },
    },
  };
  const credentials = ["a", "b", "c"].map((scheme) => ({
    scheme,
    secret: scheme,
    principal: scheme,
  }));

  it("whoever may send a file to one of those that take files", async () => {
    const paths = {
      "/a": taking(file, { security: [{ a: [] }] }),
      "/b": taking(file, { security: [{ b: [] }, { a: [] }] }),
      "/c": taking(text, { security: [{ c: [] }] }),
      "/open": taking(text),
    };
    const waybill = await start({ paths, components }, { credentials });
    expect((await call(waybill, "POST", "/a")).status).toBe(401);
    expect(await stage(waybill)).toBe(401);
    expect(await stage(waybill, "c")).toBe(401);
    expect([await stage(waybill, "a"), await stage(waybill, "b")]).toEqual([201, 201]);
    for (const method of ["GET", "DELETE"])
      expect((await call(waybill, method, "/uploads/1")).status).toBe(401);
  });

  it.each([
    ["says nothing", {}],
    ["says it is open", { security: [] }],
    ["makes it optional", { security: [{}, { a: [] }] }],
  ])("everybody, where one that takes files %s", async (_, said) => {
    const paths = { "/a": taking(file, { security: [{ a: [] }] }), "/b": taking(file, said) };
    expect(await stage(await start({ paths, components }, { credentials }))).toBe(201);
  });

  it("the document's own security stands over that of operations", async () => {
    const paths = { "/a": taking(file, { security: [] }) };
    const document = { paths, components, security: [{ a: [] }] };
    expect(await stage(await start(document, { credentials }))).toBe(401);
  });
});

describe("names that the document has itself", () => {
  it("its schemas and ids keep theirs", async () => {
    const own = { type: "object", properties: { mine: { type: "boolean" } } };
    const schemas = { Upload: own, StagedUpload: own, UploadReference: own, Upload2: own, Thing };
    const paths = { "/mine": { get: { operationId: "showUpload", responses: {} } } };
    const waybill = await start(
      { paths, components: { schemas } },
      { operations: { showUpload: { handle } } },
    );
    const answer = await call(waybill, "GET", "/openapi.json");
    const published = (await answer.json()) as {
      paths: Record<string, Record<string, { operationId: string }>>;
      components: { schemas: Record<string, object> };
    };
    const { get } = published.paths["/uploads/{uploadId}"] ?? {};
    expect(get?.operationId).toBe("showUpload2");
    expect(JSON.stringify(get)).toContain('"#/components/schemas/Upload3"');
    expect(published.components.schemas).toMatchObject({
      Upload: own,
      Upload3: { required: ["id", "state", "expiresAt"] },
      StagedUpload: own,
      StagedUpload2: { required: ["upload", "expiresAt", "mediaType", "size", "sha256"] },
      UploadReference2: { required: ["upload"] },
    });
    expect(JSON.stringify(published.components.schemas["ThingInput"])).toContain(
      '"#/components/schemas/UploadReference2"',
    );
    expect(await (await call(waybill, "GET", "/mine")).json()).toBe("mine");
    const upload = await call(waybill, "POST", "/uploads", {
      body: pictures.red,
      headers: { "content-type": "image/png" },
    });
    const pic = (await upload.json()) as { upload: string };
    const made = await call(waybill, "POST", "/things", {
      body: JSON.stringify({ pic: { upload: pic.upload } }),
      headers: { "content-type": "application/json" },
    });
    expect(made.status).toBe(201);
  });

  it.each([
    ["/{bucket}", "/a/b"],
    ["/{bucket}/{key}", "/a"],
    ["/uploads/{name}", "/a"],
    ["/{any}/{key}/", "/a"],
  ])("a template that matches is not hidden: %s", async (template, other) => {
    const names = [...template.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
    const parameters = names.map((name) => ({ name, in: "path", required: true, schema: {} }));
    const mine = { parameters, put: { operationId: "mine", responses: {} } };
    const paths = { [template]: mine, [other]: taking(file) };
    const waybill = await start({ paths }, { operations: { mine: { handle } } });
    const path = template.replace(/\{(bucket|any)\}/, "uploads").replace(/\{\w+\}/, "x");
    expect(await (await call(waybill, "PUT", path)).json()).toBe("mine");
    expect(await stage(waybill)).not.toBe(201);
  });

  it("a template that does not match is no reason", async () => {
    const paths = { "/{a}/{b}/{c}": taking(file), "/uploads/latest": taking(text) };
    expect(await stage(await start({ paths }))).toBe(201);
  });

  it("a resource of the short form on the path stays what it is", async () => {
    const schemas = { Upload: { ...Thing, "x-resource": "/uploads" } };
    const waybill = await start({ components: { schemas } });
    const made = await call(waybill, "POST", "/uploads", {
      body: JSON.stringify({ pic: pictures.red.toString("base64") }),
      headers: { "content-type": "application/json" },
    });
    expect([made.status, made.headers.get("location")]).toEqual([201, "http://api.test/uploads/1"]);
  });
});

const Thing = {
  "x-resource": "/things",
  type: "object",
  properties: { pic: { contentMediaType: "image/*" } },
};

describe("documents that take files", () => {
  it.each<[string, object, number]>([
    ["a raw body of a type alone", { "/a": raw({ "image/png": {} }) }, 201],
    ["a body of which nothing is said", { "/a": raw({ "*/*": {} }) }, 201],
    ["a raw body of text", { "/a": raw({ "text/plain": {} }) }, 201],
    ["a form", { "/a": raw({ "multipart/form-data": { schema: text } }) }, 201],
    ["JSON of which nothing is said", { "/a": raw({ "application/json": {} }) }, 404],
    ["values alone", { "/a": taking(text) }, 404],
    ["answers that are files", { "/a": { get: { responses: { 200: answer("image/png") } } } }, 404],
    ["a reference that leads back to itself", { "/a": taking({ $ref: "#/components/x/a" }) }, 404],
    ["a reference that names nothing", { "/a": taking({ $ref: "#/nowhere" }) }, 404],
    ["a schema behind references", { "/a": taking({ $ref: "#/components/schemas/A" }) }, 201],
  ])("%s", async (_, paths, status) => {
    const schemas = { A: { allOf: [{ $ref: "#/components/schemas/B" }] }, B: file };
    const x = { a: { $ref: "#/components/x/a" } };
    expect(await stage(await start({ paths, components: { schemas, x } }))).toBe(status);
  });

  it("a schema in another file", async () => {
    const folder = await mkdtemp(join(tmpdir(), "waybill-uploads-"));
    undo.push(() => rm(folder, { recursive: true }));
    const paths = { "/a": taking({ $ref: "./schemas.json#/File" }) };
    await writeFile(join(folder, "schemas.json"), JSON.stringify({ File: file }));
    await writeFile(
      join(folder, "api.json"),
      JSON.stringify({ openapi: "3.1.1", info: {}, paths }),
    );
    expect(await stage(await start({}, { document: join(folder, "api.json") }))).toBe(201);
  });
});

function answer(type: string): object {
  return { description: "", content: { [type]: { schema: { format: "binary" } } } };
}
