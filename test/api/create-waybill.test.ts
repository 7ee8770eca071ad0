// The library as code uses it: hooks, the Web handler, credentials, and what documents can say of ids and files.
import { EventEmitter, once } from "node:events";
import { mkdtemp, readdir, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { WaybillError } from "../../src/base/fault.js";
import {
  createWaybill,
  type Waybill,
  type WaybillOptions,
} from "../../src/server/create-waybill.js";

const open: Waybill[] = [];

async function waybillFor(
  document: object,
  options: Partial<WaybillOptions> = {},
): Promise<Waybill> {
  const waybill = await createWaybill({
    document: { openapi: "3.1.1", info: { title: "T", version: "1" }, ...document },
    data: ":memory:",
    ...options,
  });
  open.push(waybill);
  return waybill;
}

afterEach(async () => {
  await Promise.all(open.splice(0).map((each) => each.close()));
});

function resource(schema: object): object {
  return {
    components: { schemas: { Thing: { "x-resource": "/things", type: "object", ...schema } } },
  };
}

async function send(
  waybill: Waybill,
  method: string,
  path: string,
  body?: unknown,
  headers: Record<string, string> = {},
) {
  const form = body instanceof FormData || body instanceof Uint8Array;
  const response = await waybill.fetch(
    new Request(`http://api.test${path}`, {
      method,
      ...(body === undefined ? {} : { body: form ? body : JSON.stringify(body) }),
      headers:
        body === undefined || form ? headers : { "content-type": "application/json", ...headers },
    }),
  );
  const text = await response.text();
  const json = response.headers.get("content-type")?.includes("json") === true;
  return {
    status: response.status,
    headers: response.headers,
    value: (json ? JSON.parse(text) : text) as Record<string, never>,
  };
}

function formOf(fields: Record<string, string | Blob | Blob[]>): FormData {
  const form = new FormData();
  for (const [name, value] of Object.entries(fields))
    for (const each of [value].flat()) form.append(name, each);
  return form;
}

describe("hooks", () => {
  const named = resource({
    properties: { name: { type: "string" }, doc: { contentMediaType: "text/plain" } },
  });

  it("before may change the value, after sees the answer", async () => {
    const seen: number[] = [];
    const waybill = await waybillFor(named, {
      operations: {
        createThing: {
          before(context) {
            context.value = { ...(context.value as object), name: "changed" };
          },
          after: (_, response) => void seen.push(response.status),
        },
      },
    });
    expect((await send(waybill, "POST", "/things", { name: "said" })).value).toMatchObject({
      id: 1,
      name: "changed",
    });
    expect(seen).toEqual([201]);
  });

  it("what before throws is the answer, and nothing is made", async () => {
    const waybill = await waybillFor(named, {
      operations: {
        createThing: {
          before: () => {
            throw new WaybillError({ code: "forbidden", detail: "Not today." });
          },
        },
      },
    });
    const answer = await send(waybill, "POST", "/things", formOf({ doc: new Blob(["text"]) }));
    expect(answer).toMatchObject({ status: 403, value: { detail: "Not today." } });
    expect((await send(waybill, "GET", "/things")).value).toMatchObject({ count: 0 });
  });

  it("handle stands in for the act, and can read the files", async () => {
    const waybill = await waybillFor(named, {
      operations: {
        createThing: {
          async handle({ value, readFile }) {
            const { doc } = value as {
              doc: { id: string; size: number; mediaType: string; sha256: string };
            };
            const pieces: Uint8Array[] = [];
            for await (const piece of readFile(doc)) pieces.push(piece);
            return {
              status: 202,
              body: { text: Buffer.concat(pieces).toString(), size: doc.size },
            };
          },
        },
      },
    });
    const answer = await send(waybill, "POST", "/things", formOf({ doc: new Blob(["text"]) }));
    expect(answer).toMatchObject({ status: 202, value: { text: "text", size: 4 } });
  });

  it("handle makes an operation work that fits no convention", async () => {
    const paths = { "/ping": { get: { operationId: "ping", responses: {} } } };
    const without = await waybillFor({ paths });
    expect((await send(without, "GET", "/ping")).status).toBe(501);
    const waybill = await waybillFor(
      { paths },
      { operations: { ping: { handle: () => ({ body: "pong" }) } } },
    );
    expect(await send(waybill, "GET", "/ping")).toMatchObject({ status: 200, value: "pong" });
  });
});

describe("ids", () => {
  it("count from 1 and are never used again", async () => {
    const waybill = await waybillFor(
      resource({ properties: { id: { type: "integer", readOnly: true } } }),
    );
    expect((await send(waybill, "POST", "/things", {})).headers.get("location")).toBe(
      "http://api.test/things/1",
    );
    await send(waybill, "DELETE", "/things/1");
    expect((await send(waybill, "POST", "/things", {})).value).toMatchObject({ id: 2 });
  });

  it("are UUIDs of version 7 where the schema says uuid", async () => {
    const waybill = await waybillFor(
      resource({ properties: { id: { type: "string", format: "uuid", readOnly: true } } }),
    );
    const { value } = await send(waybill, "POST", "/things", {});
    expect(value["id"]).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7/);
    expect((await send(waybill, "GET", `/things/${String(value["id"])}`)).status).toBe(200);
    expect((await send(waybill, "GET", "/things/1")).status).toBe(404);
  });

  it("are the client's where the schema lets it choose", async () => {
    const waybill = await waybillFor(resource({ properties: { id: { type: "string" } } }));
    expect((await send(waybill, "POST", "/things", { id: "a b" })).headers.get("location")).toBe(
      "http://api.test/things/a%20b",
    );
    expect((await send(waybill, "GET", "/things/a%20b")).value).toMatchObject({ id: "a b" });
    expect((await send(waybill, "POST", "/things", { id: "a b" })).status).toBe(409);
  });
});

describe("arrays of files", () => {
  const albums = resource({
    properties: {
      photos: { type: "array", maxItems: 3, items: { contentMediaType: "text/plain" } },
    },
  });

  it("are created, added to, read, kept and deleted one by one", async () => {
    const waybill = await waybillFor(albums);
    const made = await send(
      waybill,
      "POST",
      "/things",
      formOf({ photos: [new Blob(["a"]), new Blob(["b"])] }),
    );
    expect(made.value).toMatchObject({ photos: [{ size: 1 }, { size: 1 }] });
    const added = await send(
      waybill,
      "POST",
      "/things/1/photos",
      formOf({ photos: new Blob(["c"]) }),
    );
    const urls = (added.value as unknown as { photos: { url: string }[] }).photos.map(({ url }) =>
      url.replace("http://api.test", ""),
    );
    expect(
      await Promise.all(urls.map(async (url) => (await send(waybill, "GET", url)).value)),
    ).toEqual(["a", "b", "c"]);
    expect((await send(waybill, "DELETE", urls[1] ?? "")).status).toBe(204);
    const left = await send(waybill, "GET", "/things/1");
    expect(left.value).toMatchObject({
      photos: [{ url: `http://api.test${urls[0]}` }, { url: `http://api.test${urls[2]}` }],
    });
    const kept = await send(waybill, "PUT", "/things/1", {
      photos: [(left.value as unknown as { photos: unknown[] }).photos[1]],
    });
    expect(kept.value).toMatchObject({ photos: [{ url: `http://api.test${urls[2]}` }] });
    expect((await send(waybill, "GET", urls[0] ?? "")).status).toBe(404);
  });
});

describe("collections below resources", () => {
  const body = { requestBody: { content: { "application/json": { schema: { type: "object" } } } } };
  const paths = {
    "/users": { post: body },
    "/users/{id}": { get: {}, delete: {} },
    "/users/{userId}/posts": {
      post: body,
      get: {
        responses: { 200: { content: { "application/json": { schema: { type: "array" } } } } },
      },
    },
    "/users/{userId}/posts/{id}": { get: {} },
  };

  it("need their parent, count for themselves, and go with it", async () => {
    const waybill = await waybillFor({ paths });
    expect((await send(waybill, "POST", "/users/1/posts", {})).status).toBe(404);
    for (const _ of [1, 2]) await send(waybill, "POST", "/users", {});
    for (const user of [1, 1, 2])
      expect((await send(waybill, "POST", `/users/${user}/posts`, {})).status).toBe(201);
    expect((await send(waybill, "GET", "/users/1/posts")).value).toHaveLength(2);
    expect((await send(waybill, "GET", "/users/2/posts/1")).status).toBe(200);
    await send(waybill, "DELETE", "/users/1");
    expect((await send(waybill, "GET", "/users/1/posts")).status).toBe(404);
    expect((await send(waybill, "GET", "/users/2/posts")).value).toHaveLength(1);
  });
});

describe("credentials", () => {
  const document = {
    ...resource({}),
    security: [{ bearer: [] }, { key: [] }],
    components: {
      schemas: { Thing: { "x-resource": "/things", type: "object" } },
      securitySchemes: {
        bearer: { type: "http", scheme: "bearer" },
        key: { type: "apiKey", in: "header", name: "X-Key" },
      },
    },
  };
  const credentials = [
    { scheme: "bearer", secret: "s3cret", principal: "ada" },
    { scheme: "key", secret: "k", principal: undefined },
  ];

  it.each([
    { headers: {}, want: 401 },
    { headers: { authorization: "Bearer wrong" }, want: 401 },
    { headers: { authorization: "Bearer s3cret" }, want: 200 },
    { headers: { "x-key": "k" }, want: 200 },
    { headers: { "x-key": "s3cret" }, want: 401 },
  ])("$headers: $want", async ({ headers, want }) => {
    const waybill = await waybillFor(document, { credentials });
    expect(
      (await send(waybill, "GET", "/things", undefined, headers as Record<string, string>)).status,
    ).toBe(want);
  });

  it("without any, nobody comes in", async () => {
    const answer = await send(await waybillFor(document), "GET", "/things");
    expect(answer.status).toBe(401);
    expect(answer.headers.get("www-authenticate")).toBe("Bearer, ApiKey");
  });
});

describe("what must not be lost, or got at", () => {
  const base64 = { type: "string", contentEncoding: "base64" };

  it("a member called __proto__ is a member, in values and in places of files", async () => {
    const open = { type: "object", additionalProperties: base64 };
    const waybill = await waybillFor(resource({ additionalProperties: open }));
    const body = new TextEncoder().encode('{"__proto__":{"polluted":"aGVsbG8="}}');
    const made = await send(waybill, "POST", "/things", body, {
      "content-type": "application/json",
    });
    expect(made.status).toBe(201);
    expect(Object.keys(made.value)).toContain("__proto__");
    expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
  });

  const paths = {
    "/things": {
      post: {
        requestBody: {
          content: {
            "application/json": { schema: { properties: { pic: base64, other: base64 } } },
          },
        },
        responses: {
          201: {
            content: {
              "application/json": {
                schema: { properties: { pic: { type: ["string", "null"] }, other: {} } },
              },
            },
          },
        },
      },
    },
    "/things/{id}": {
      get: {},
      put: {
        requestBody: {
          content: {
            "application/json": { schema: { properties: { pic: base64, other: base64 } } },
          },
        },
      },
    },
  };

  it("what was read without a URL keeps its file when it is sent back, the same bytes in two places too", async () => {
    const waybill = await waybillFor({ paths });
    const made = await send(waybill, "POST", "/things", { pic: "aGVsbG8=", other: "aGVsbG8=" });
    const again = await send(waybill, "PUT", "/things/1", made.value);
    expect(again).toMatchObject({ status: 200, value: made.value });
  });

  it.each(["http://", "http://elsewhere/"])("%s is no file", async (pic) => {
    const waybill = await waybillFor({ paths });
    await send(waybill, "POST", "/things", { pic: "aGVsbG8=" });
    expect(await send(waybill, "PUT", "/things/1", { pic })).toMatchObject({
      status: 400,
      value: { errors: [{ code: "not-the-current-file" }] },
    });
  });

  it("a public URL with a path is known again", async () => {
    const waybill = await waybillFor(
      resource({ properties: { pic: { contentMediaType: "text/plain" } } }),
      { publicUrl: "https://x.example/prefix" },
    );
    await send(waybill, "POST", "/things", formOf({ pic: new Blob(["a"]) }));
    const { value } = await send(waybill, "GET", "/things/1");
    expect(value).toMatchObject({ pic: { url: "https://x.example/prefix/things/1/pic" } });
    expect(await send(waybill, "PUT", "/things/1", value)).toMatchObject({ status: 200 });
  });

  it("ids that clients took are passed over", async () => {
    const waybill = await waybillFor(resource({ properties: { id: { type: "integer" } } }));
    for (const id of [2, 3]) await send(waybill, "POST", "/things", { id });
    const made = [
      await send(waybill, "POST", "/things", {}),
      await send(waybill, "POST", "/things", {}),
    ];
    expect(made.map(({ status }) => status)).toEqual([201, 201]);
  });

  it.each([".", "..", "a\u0000b", ""])("the id %j is refused", async (id) => {
    const waybill = await waybillFor(resource({ properties: { id: { type: "string" } } }));
    expect((await send(waybill, "POST", "/things", { id })).status).toBe(400);
  });

  it.each([`?${"name=a&".repeat(1100)}`, `?ordering=${"name,".repeat(2500)}`])(
    "a query without end is refused",
    async (query) => {
      const waybill = await waybillFor(resource({ properties: { name: { type: "string" } } }));
      expect((await send(waybill, "GET", `/things${query}`)).status).toBe(400);
    },
  );

  it("a raw body is a member of its resource", async () => {
    const waybill = await waybillFor({
      paths: {
        "/files": { post: { requestBody: { content: { "application/octet-stream": {} } } } },
        "/files/{id}": { get: {} },
      },
    });
    await send(waybill, "POST", "/files", new Uint8Array([1, 2]), {
      "content-type": "application/octet-stream",
    });
    expect((await send(waybill, "GET", "/files/1")).value).toMatchObject({
      id: 1,
      file: { size: 2 },
    });
  });

  it("a patch that is no object is refused", async () => {
    const body = { requestBody: { content: { "application/json": {} } } };
    const waybill = await waybillFor({
      paths: { "/things": { post: body }, "/things/{id}": { patch: body } },
    });
    await send(waybill, "POST", "/things", {});
    expect((await send(waybill, "PATCH", "/things/1", 5)).status).toBe(400);
  });

  it("the last of the files that must be there stays", async () => {
    const waybill = await waybillFor(
      resource({
        required: ["photos"],
        properties: {
          photos: { type: "array", minItems: 1, items: { contentMediaType: "text/plain" } },
        },
      }),
    );
    const made = await send(waybill, "POST", "/things", formOf({ photos: new Blob(["a"]) }));
    const [{ url } = { url: "" }] = (made.value as unknown as { photos: { url: string }[] }).photos;
    expect((await send(waybill, "DELETE", url.replace("http://api.test", ""))).status).toBe(400);
  });

  it("If-Match means the file where it is put, and the resource where files are added", async () => {
    const waybill = await waybillFor(
      resource({
        properties: {
          pic: { contentMediaType: "text/plain" },
          photos: { type: "array", items: { contentMediaType: "text/plain" } },
        },
      }),
    );
    await send(waybill, "POST", "/things", {});
    const put = async (text: string, etag: string) =>
      send(
        waybill,
        "PUT",
        "/things/1/pic",
        formOf({ pic: new Blob([text]) }),
        etag === "" ? {} : { "if-match": etag },
      );
    const first = await put("a", "");
    expect((await put("b", first.headers.get("etag") ?? "")).status).toBe(200);
    expect((await put("c", first.headers.get("etag") ?? "")).status).toBe(412);
    const etag = (await send(waybill, "GET", "/things/1")).headers.get("etag") ?? "";
    expect(
      (
        await send(waybill, "POST", "/things/1/photos", formOf({ photos: new Blob(["a"]) }), {
          "if-match": etag,
        })
      ).status,
    ).toBe(201);
  });

  it("a hook may copy the value", async () => {
    const waybill = await waybillFor(
      resource({ properties: { pic: { contentMediaType: "text/plain" } } }),
      {
        operations: {
          createThing: {
            before: (context) =>
              void (context.value = JSON.parse(JSON.stringify(context.value)) as unknown),
          },
        },
      },
    );
    expect(
      (await send(waybill, "POST", "/things", formOf({ pic: new Blob(["a"]) }))).value,
    ).toMatchObject({ pic: { size: 1 } });
  });

  it("a parameter within a segment counts among those of the path", async () => {
    const body = { requestBody: { content: { "application/json": { schema: {} } } } };
    const waybill = await waybillFor({
      paths: {
        "/v{ver}/users": { post: body },
        "/v{ver}/users/{id}": { get: {} },
        "/v{ver}/users/{id}/posts": { post: body },
      },
    });
    await send(waybill, "POST", "/v1/users", {});
    expect((await send(waybill, "POST", "/v1/users/1/posts", {})).status).toBe(201);
  });
});

const newFolder = (): Promise<string> => mkdtemp(join(tmpdir(), "waybill-data-"));
const filesIn = async (data: string) =>
  (await readdir(join(data, "files/blobs"), { recursive: true })).filter((path) =>
    /\w\W/.test(path),
  );
const postFile = (waybill: Waybill) =>
  send(waybill, "POST", "/things", formOf({ pic: new Blob(["a"]) }));

describe("the data folder", () => {
  const things = resource({ properties: { pic: { contentMediaType: "text/plain" } } });
  it("keeps its files when the database is lost, however often it is started", async () => {
    const [data, other] = [await newFolder(), await newFolder()];
    const first = await waybillFor(things, { data });
    await postFile(first);
    await first.close();
    await rename(join(data, "files"), join(other, "files"));
    for (let i = 0; i < 2; i++) {
      await expect(waybillFor(things, { data: other })).rejects.toMatchObject({
        code: "unavailable",
        message: expect.stringContaining("files are stored") as string,
      });
    }
    await rename(join(other, "files"), join(data, "files"));
    const again = await waybillFor(things, { data });
    expect((await send(again, "GET", "/things/1/pic")).status).toBe(200);
    await again.close();
    await Promise.all([data, other].map((folder) => rm(folder, { recursive: true })));
  });

  it("a file is read to its end, in all its ranges, though it is replaced and deleted", async () => {
    const data = await newFolder();
    const waybill = await waybillFor(things, { data });
    const text = "abcdefghij".repeat(100_000);
    await send(waybill, "POST", "/things", formOf({ pic: new Blob([text]) }));
    const get = (headers: Record<string, string>) =>
      waybill.fetch(new Request("http://api.test/things/1/pic", { headers }));
    const [whole, ranges] = [await get({}), await get({ range: "bytes=0-4,999990-999999" })];
    await send(waybill, "PUT", "/things/1/pic", formOf({ pic: new Blob(["new"]) }));
    await send(waybill, "DELETE", "/things/1");
    expect(await filesIn(data)).toEqual([]);
    expect(await whole.text()).toBe(text);
    expect(await ranges.text()).toMatch(/abcde\r\n[^]*abcdefghij\r\n--/);
    await rm(data, { recursive: true });
  });

  it("bytes that are gone are no such file", async () => {
    const data = await newFolder();
    const waybill = await waybillFor(things, { data });
    await postFile(waybill);
    await rm(join(data, "files/blobs", ...(await filesIn(data)).slice(0, 1)));
    expect((await send(waybill, "GET", "/things/1/pic")).status).toBe(404);
    await rm(data, { recursive: true });
  });

  it("can be opened again when its database could not be", async () => {
    const data = await newFolder();
    const file = join(data, "waybill.db");
    await writeFile(file, "This is not a database. ".repeat(500));
    for (let i = 0; i < 2; i++) {
      await expect(waybillFor(things, { data })).rejects.toMatchObject({
        message: "The database file is not a database.",
      });
    }
    await rm(file);
    await (await waybillFor(things, { data })).close();
    await rm(data, { recursive: true });
  });

  it("is given back when the last request is answered, and none after", async () => {
    const data = await newFolder();
    const events = new EventEmitter();
    const waybill = await waybillFor(things, {
      data,
      operations: {
        createThing: {
          before: async () => {
            events.emit("running");
            await once(events, "go");
          },
        },
      },
    });
    const isRunning = once(events, "running");
    const made = postFile(waybill);
    await isRunning;
    const closed = waybill.close();
    const refused = await send(waybill, "GET", "/things");
    expect([refused.status, refused.value]).toMatchObject([
      503,
      { detail: "The server is stopping." },
    ]);
    expect(await filesIn(data)).toHaveLength(1);
    events.emit("go");
    expect((await made).status).toBe(201);
    await closed;
    await waybill.close();
    const again = await waybillFor(things, { data });
    expect((await send(again, "GET", "/things/1/pic")).status).toBe(200);
    await again.close();
    await rm(data, { recursive: true });
  });

  it("is one process's, and is found again", async () => {
    const data = await mkdtemp(join(tmpdir(), "waybill-data-"));
    const first = await waybillFor(resource({}), { data });
    await send(first, "POST", "/things", {});
    await expect(waybillFor(resource({}), { data })).rejects.toThrow("in use by another process");
    await first.close();
    open.splice(open.indexOf(first), 1);
    const second = await waybillFor(resource({}), { data });
    expect((await send(second, "GET", "/things/1")).status).toBe(200);
    await second.close();
    open.splice(open.indexOf(second), 1);
    await rm(data, { recursive: true });
  }, 15_000);
});

describe("options", () => {
  it("readOnly: reject", async () => {
    const waybill = await waybillFor(
      resource({ properties: { id: { type: "integer", readOnly: true } } }),
      { readOnly: "reject" },
    );
    expect(await send(waybill, "POST", "/things", { id: 1 })).toMatchObject({
      status: 400,
      value: { errors: [{ code: "read-only-property", pointer: "/id" }] },
    });
  });

  it("publicUrl stands in links", async () => {
    const waybill = await waybillFor(resource({}), { publicUrl: "https://example.com/" });
    expect((await send(waybill, "POST", "/things", {})).headers.get("location")).toBe(
      "https://example.com/things/1",
    );
  });

  it("a server's base path is optional in requests and stands in links", async () => {
    const waybill = await waybillFor({
      ...resource({}),
      servers: [{ url: "https://api.example.com/v2" }],
    });
    expect((await send(waybill, "POST", "/things", {})).headers.get("location")).toBe(
      "http://api.test/v2/things/1",
    );
    expect((await send(waybill, "GET", "/v2/things/1")).status).toBe(200);
  });

  it.each([
    { given: { limits: { fileBytes: 1 } }, want: "There is no limit" },
    { given: { document: "nowhere.yaml" }, want: "there is no such file" },
    { given: { document: '{"openapi":"2.0"}' }, want: "not an OpenAPI" },
  ])("$want", async ({ given, want }) => {
    await expect(waybillFor(resource({}), given as object)).rejects.toThrow(want);
  });
});
