// Upload first, attach in the create: through the whole engine, with what is stored after each step.
import { createHash } from "node:crypto";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { pictures } from "../system/http-scenario.js";
import type { FileReference } from "../../src/base/file-reference.js";
import type { Waybill, WaybillOptions } from "../../src/server/create-waybill.js";
import { openWaybill, undo, undoAll } from "./open-waybill.js";

const schemas = {
  Profile: {
    "x-resource": "/profiles",
    type: "object",
    required: ["name"],
    properties: {
      name: { type: "string", maxLength: 20 },
      pic: { contentMediaType: "image/*" },
      note: { contentMediaType: "text/plain", maxLength: 40 },
      photos: { type: "array", maxItems: 2, items: { contentMediaType: "image/png" } },
    },
  },
};
const bearerAuth = { type: "http", scheme: "bearer" };

interface Api {
  readonly waybill: Waybill;
  readonly send: Send;
  /** Names of all files in the store, finished or not. */
  stored(): Promise<string[]>;
}

type Answer = { status: number; headers: Headers; value: Record<string, never> };
type Send = (
  method: string,
  path: string,
  body?: unknown,
  headers?: Record<string, string>,
) => Promise<Answer>;

afterEach(undoAll);

async function start(options: Partial<WaybillOptions> = {}, data?: string): Promise<Api> {
  const { waybill, folder } = await openWaybill(schemas, options, data);
  return {
    waybill,
    send: (...args) => send(waybill, ...args),
    async stored() {
      const found = await readdir(join(folder, "files"), { recursive: true, withFileTypes: true });
      return found.filter((each) => each.isFile()).map(({ name }) => name);
    },
  };
}

async function send(
  waybill: Waybill,
  method: string,
  path: string,
  body?: unknown,
  headers: Record<string, string> = {},
): Promise<Answer> {
  const isRaw = body instanceof FormData || body instanceof Uint8Array || body === undefined;
  const response = await waybill.fetch(
    new Request(`http://api.test${path}`, {
      method,
      ...(body === undefined ? {} : { body: isRaw ? (body as FormData) : JSON.stringify(body) }),
      headers: isRaw ? headers : { "content-type": "application/json", ...headers },
    }),
  );
  const text = await response.text();
  const isJson = response.headers.get("content-type")?.includes("json") === true;
  return {
    status: response.status,
    headers: response.headers,
    value: (isJson ? JSON.parse(text) : text) as Answer["value"],
  };
}

const as = (who: string) => ({ authorization: `Bearer secret-${who}` });
const png = { "content-type": "image/png" };
const sha256 = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest("hex");

async function stage(api: Api, bytes: Uint8Array = pictures.red, more = {}): Promise<string> {
  const answer = await api.send("POST", "/uploads", bytes, { ...png, ...more });
  expect(answer.status).toBe(201);
  return String(answer.value["upload"]);
}

function form(fields: Record<string, string | Blob>): FormData {
  const made = new FormData();
  for (const [name, value] of Object.entries(fields)) made.append(name, value);
  return made;
}

/** Octets of a body differ with what is in it. */
function withoutOffsets(problem: unknown): unknown {
  return JSON.parse(
    JSON.stringify(problem, (key, each: unknown) => (key === "offset" ? undefined : each)),
  );
}

function part(head: string, body: string): string {
  return `--b\r\nContent-Disposition: form-data; ${head}\r\n\r\n${body}\r\n`;
}

function typedPart(upload: string): Uint8Array {
  const pic = part('name="pic"\r\nContent-Type: application/json', ` ${named(upload)}\n`);
  return Buffer.from(`${part('name="name"', "A")}${pic}--b--\r\n`);
}

const named = (upload: string) => JSON.stringify({ upload });
const codesOf = ({ value }: Answer) =>
  (value["errors"] as unknown as { code: string; pointer?: string }[]).map(
    ({ code, pointer }) => `${code} ${pointer ?? "-"}`,
  );

describe("staging", () => {
  it("takes a raw body, and tells what it is", async () => {
    const api = await start();
    const { status, headers, value } = await api.send("POST", "/uploads", pictures.red, {
      ...png,
      "content-disposition": 'attachment; filename="red.png"',
    });
    expect(status).toBe(201);
    expect(value).toEqual({
      upload: expect.stringMatching(/^wbu_[\w-]{43}$/),
      expiresAt: expect.stringMatching(/^\d{4}-.*Z$/),
      mediaType: "image/png",
      size: pictures.red.length,
      sha256: sha256(pictures.red),
      filename: "red.png",
    });
    expect(headers.get("cache-control")).toBe("no-store");
    const location = headers.get("location") ?? "";
    expect(location).toMatch(/^http:\/\/api\.test\/uploads\/[0-9a-f-]{36}$/);
    const shown = await api.send("GET", new URL(location).pathname);
    expect(shown.status).toBe(200);
    const { upload: _, ...rest } = value;
    expect(shown.value).toEqual({
      id: location.split("/").at(-1),
      state: "verified",
      offset: pictures.red.length,
      ...rest,
    });
    // Neither the token nor the answer leads to the bytes.
    const [key = "none"] = await api.stored();
    expect(JSON.stringify([value, shown.value, location])).not.toContain(key);
  });

  it("takes a form with one part, whatever its name", async () => {
    const api = await start();
    for (const name of ["file", "filepond"]) {
      const body = form({ [name]: new File([pictures.gif], "dot.gif", { type: "image/gif" }) });
      const { status, value } = await api.send("POST", "/uploads", body);
      expect(status).toBe(201);
      expect(value).toMatchObject({
        mediaType: "image/gif",
        filename: "dot.gif",
        size: pictures.gif.length,
      });
    }
  });

  it("refuses a form with two parts, and keeps nothing", async () => {
    const api = await start();
    const body = form({ a: new Blob([pictures.red]), b: new Blob([pictures.red]) });
    expect((await api.send("POST", "/uploads", body)).status).toBe(400);
    expect(await api.stored()).toEqual([]);
  });

  it("does not take the token of another for its file", async () => {
    const api = await start();
    const upload = await stage(api);
    const before = await api.stored();
    const text = named(upload);
    const { status, value } = await api.send("POST", "/uploads", form({ file: text }));
    expect([status, value["size"]]).toEqual([201, text.length]);
    expect(await api.stored()).toHaveLength(before.length + 1);
    const made = await api.send("POST", "/profiles", { name: "A", pic: { upload } });
    expect(made.status).toBe(201);
  });

  it("is not there when it is turned off", async () => {
    const api = await start({ uploads: false });
    expect((await api.send("POST", "/uploads", pictures.red, png)).status).toBe(404);
    const answer = await api.send("POST", "/profiles", { name: "A", pic: { upload: "wbu_x" } });
    expect(codesOf(answer)).toEqual(["upload-not-usable /pic"]);
  });

  it("leaves alone what the schema describes beside a file, though it looks like one", async () => {
    const upload = { type: "object", properties: { upload: { type: "string" } } };
    const pic = { anyOf: [{ type: "string", contentEncoding: "base64" }, upload] };
    const schema = { properties: { pic } };
    const requestBody = { content: { "application/json": { schema } } };
    const paths = { "/mine": { post: { operationId: "mine", requestBody, responses: {} } } };
    const { send } = await start({
      document: { openapi: "3.1.1", info: {}, paths },
      operations: { mine: { handle: ({ value }) => ({ body: value }) } },
    });
    const said = { pic: { upload: "of the week" } };
    expect(await send("POST", "/mine", said)).toMatchObject({ status: 200, value: said });
  });

  it("has another path where that is said, and gives way to the document's own", async () => {
    const api = await start({ uploads: { path: "/staging/" } });
    const { headers } = await api.send("POST", "/staging/", pictures.red, png);
    const path = new URL(headers.get("location") ?? "").pathname;
    expect((await api.send("DELETE", path)).status).toBe(204);
    const paths = { "/uploads": { post: { operationId: "mine", responses: {} } } };
    const document = { openapi: "3.1.1", info: {}, paths, components: { schemas } };
    const other = await start({ document, operations: { mine: { handle: () => ({ body: 1 }) } } });
    expect(await other.send("POST", "/uploads")).toMatchObject({ status: 200, value: 1 });
  });
});

describe("attaching", () => {
  const ways: Record<string, (api: Api, token: string) => Promise<Answer>> = {
    "JSON create": ({ send }, upload) => send("POST", "/profiles", { name: "A", pic: { upload } }),
    "multipart create": ({ send }, upload) =>
      send("POST", "/profiles", form({ name: "A", pic: named(upload) })),
    "a part of type application/json": ({ send }, upload) =>
      send("POST", "/profiles", typedPart(upload), {
        "content-type": "multipart/form-data; boundary=b",
      }),
    "urlencoded create": ({ send }, upload) =>
      send(
        "POST",
        "/profiles",
        Buffer.from(new URLSearchParams({ name: "A", pic: named(upload) }).toString()),
        { "content-type": "application/x-www-form-urlencoded" },
      ),
    "JSON replace": async (api, upload) => {
      await api.send("POST", "/profiles", { name: "B" });
      return api.send("PUT", "/profiles/1", { name: "A", pic: { upload } });
    },
    "JSON patch": async (api, upload) => {
      await api.send("POST", "/profiles", { name: "A" });
      return api.send("PATCH", "/profiles/1", { pic: { upload } });
    },
    "multipart patch": async (api, upload) => {
      await api.send("POST", "/profiles", { name: "A" });
      return api.send("PATCH", "/profiles/1", form({ pic: named(upload) }));
    },
    "PUT of the file, as JSON": async (api, upload) => {
      await api.send("POST", "/profiles", { name: "A" });
      return api.send("PUT", "/profiles/1/pic", { upload });
    },
    "PUT of the file, as a form": async (api, upload) => {
      await api.send("POST", "/profiles", { name: "A" });
      return api.send("PUT", "/profiles/1/pic", form({ pic: named(upload) }));
    },
  };

  it.each(Object.entries(ways))("%s", async (_, attach) => {
    const api = await start();
    const upload = await stage(api);
    const before = await api.stored();
    const answer = await attach(api, upload);
    expect([answer.status, answer.value["errors"]]).toEqual([answer.status, undefined]);
    expect(answer.value).toMatchObject({
      name: "A",
      pic: { mediaType: "image/png", sha256: sha256(pictures.red) },
    });
    expect((await api.send("GET", "/profiles/1/pic")).status).toBe(200);
    // Promotion is no copy.
    expect(await api.stored()).toEqual(before);
    const again = await api.send("POST", "/profiles", { name: "C", pic: { upload } });
    expect(codesOf(again)).toEqual(["upload-not-usable /pic"]);
    expect((await api.send("GET", "/profiles")).value).toMatchObject({ count: 1 });
    await api.send("DELETE", "/profiles/1");
    expect(await api.stored()).toEqual([]);
  });

  it("a PUT of the file as JSON that has its name around it is told so", async () => {
    const api = await start();
    await api.send("POST", "/profiles", { name: "A" });
    const upload = await stage(api);
    for (const pic of [{ upload }, pictures.red.toString("base64")]) {
      const refused = await api.send("PUT", "/profiles/1/pic", { pic });
      expect(codesOf(refused)).toEqual(["invalid-value /pic"]);
      expect(refused.value["detail"]).toMatch(/^As JSON the body is the file itself/);
    }
    expect((await api.send("PUT", "/profiles/1/pic", { upload })).status).toBe(201);
  });

  it("one that is not complete is told to whoever made it", async () => {
    const api = await start();
    const length = { "tus-resumable": "1.0.0", "upload-length": "10" };
    const headers = { ...length, "content-type": "application/offset+octet-stream" };
    const made = await api.send("POST", "/uploads", Buffer.from("1234"), headers);
    const pic = { upload: made.headers.get("upload-token") };
    const refused = await api.send("POST", "/profiles", { name: "A", pic });
    expect(codesOf(refused)).toEqual(["upload-not-usable /pic"]);
    expect(refused.value["detail"]).toBe("The upload is not complete: 4 of 10 octets are there.");
  });

  it("a URL where nothing is fetched is told so", async () => {
    const api = await start();
    const pic = { url: "https://files.example.com/pic.png" };
    const refused = await api.send("POST", "/profiles", { name: "A", pic });
    expect(codesOf(refused)).toEqual(["not-the-current-file /pic"]);
    expect(refused.value["detail"]).toContain("only where that is turned on (`urls`)");
  });

  it("fills arrays, beside files that come inline, and adds to them", async () => {
    const api = await start();
    const [a, b] = [await stage(api), await stage(api, pictures.blue)];
    const inline = pictures.red.toString("base64");
    const made = await api.send("POST", "/profiles", {
      name: "A",
      photos: [inline, { upload: a }],
    });
    expect(made.value["photos"]).toHaveLength(2);
    await api.send("PATCH", "/profiles/1", { photos: [] });
    const added = await api.send("POST", "/profiles/1/photos", { upload: b });
    expect(added.status).toBe(201);
    expect(added.value["photos"]).toMatchObject([{ sha256: sha256(pictures.blue) }]);
  });

  it("a handler has the file while it runs, and the token is used once, whatever becomes of it", async () => {
    const read: boolean[] = [];
    const api = await start({
      operations: {
        createProfile: {
          before({ request }) {
            if (request.headers["x-early"]) throw new Error("before anything is done");
          },
          async handle({ request, value, readFile }) {
            const pieces: Uint8Array[] = [];
            for await (const piece of readFile((value as { pic: FileReference }).pic))
              pieces.push(piece);
            read.push(Buffer.concat(pieces).equals(pictures.red));
            if (request.headers["x-late"]) throw new Error("too late");
            return { status: 200 };
          },
        },
      },
    });
    const post = (upload: string, headers = {}) =>
      api.send("POST", "/profiles", { name: "A", pic: { upload } }, headers);
    const upload = await stage(api);
    expect((await post(upload, { "x-early": "1" })).status).toBe(500);
    const both = await Promise.all([post(upload), post(upload)]);
    expect(both.map(({ status }) => status).sort()).toEqual([200, 400]);
    expect(await api.stored()).toEqual([]);
    expect((await post(upload)).status).toBe(400);
    const other = await stage(api);
    expect((await post(other, { "x-late": "1" })).status).toBe(500);
    expect((await post(other)).status).toBe(400);
    expect([read, await api.stored()]).toEqual([[true, true], []]);
  });

  it("a hook sees the file and can read it; the token is used by what is made", async () => {
    const seen: unknown[] = [];
    const api = await start({
      operations: {
        createProfile: {
          async before({ value, readFile }) {
            const { pic } = value as { pic: { id: string; sha256: string } & never };
            const pieces: Uint8Array[] = [];
            for await (const piece of readFile(pic)) pieces.push(piece);
            seen.push(Buffer.concat(pieces).equals(pictures.red), pic);
          },
        },
      },
    });
    const upload = await stage(api);
    const answer = await api.send("POST", "/profiles", { name: "A", pic: { upload } });
    expect(answer.status).toBe(201);
    expect(seen).toMatchObject([true, { width: 1, height: 1, mediaType: "image/png" }]);
  });
});

describe("what is refused, as if the bytes came inline", () => {
  const cases: [string, Uint8Array, (value: unknown) => object][] = [
    ["no image", pictures.none, (pic) => ({ name: "A", pic })],
    ["another image type", pictures.gif, (gif) => ({ name: "A", photos: [gif] })],
    ["too long", Buffer.from("x".repeat(60)), (note) => ({ name: "A", note })],
    ["beside another fault", pictures.none, (pic) => ({ name: "x".repeat(21), pic })],
    ["too many", pictures.red, (one) => ({ name: "A", photos: [one, one, one] })],
  ];
  it.each(cases)("%s", async (_, bytes, valueOf) => {
    const api = await start();
    const inline = await api.send(
      "POST",
      "/profiles",
      valueOf(Buffer.from(bytes).toString("base64")),
    );
    expect(inline.status).toBeGreaterThanOrEqual(400);
    const upload = await stage(api, bytes, { "content-type": "application/octet-stream" });
    const before = await api.stored();
    const answer = await api.send("POST", "/profiles", valueOf({ upload }));
    const { requestId: _a, ...want } = inline.value;
    const { requestId: _b, ...have } = answer.value;
    expect([answer.status, withoutOffsets(have)]).toEqual([inline.status, withoutOffsets(want)]);
    expect((await api.send("GET", "/profiles")).value).toMatchObject({ count: 0 });
    expect(await api.stored()).toEqual(before);
  });

  it.each([
    ["fits", { x: 1 }, 201],
    ["does not fit", {}, 400],
    ["is too long to be looked at", { y: "y".repeat(2000) }, 201],
  ])("content that %s", async (_, content, status) => {
    const f = {
      type: "string",
      contentEncoding: "base64",
      contentMediaType: "application/json",
      contentSchema: { required: ["x"] },
    };
    const Thing = { "x-resource": "/things", type: "object", properties: { f } };
    const document = { openapi: "3.1.1", info: {}, components: { schemas: { Thing } } };
    const limits = { fieldBytesMax: 1000 };
    const api = await start({ document, limits, body: { assertContent: true } });
    const bytes = Buffer.from(JSON.stringify(content));
    const inline = await api.send("POST", "/things", { f: bytes.toString("base64") });
    // As the body itself, JSON is what is to be sent, and not the file.
    const part = form({ file: new Blob([bytes], { type: "application/json" }) });
    const { value } = await api.send("POST", "/uploads", part);
    const { upload } = value;
    const answer = await api.send("POST", "/things", { f: { upload } });
    expect([inline.status, answer.status]).toEqual([status, status]);
    if (status === 400) {
      expect(codesOf(answer)).toEqual(["invalid-content /f"]);
      expect(withoutOffsets(answer.value["errors"])).toEqual(
        withoutOffsets(inline.value["errors"]),
      );
    }
  });

  it("a token is usable after a request that failed for another reason", async () => {
    const api = await start();
    const upload = await stage(api);
    const pic = { upload };
    expect((await api.send("POST", "/profiles", { name: 7, pic })).status).toBe(400);
    expect((await api.send("POST", "/profiles", { name: "A", pic })).status).toBe(201);
  });

  it("one token in two places", async () => {
    const api = await start();
    const upload = await stage(api);
    const two = await api.send("POST", "/profiles", {
      name: "A",
      photos: [{ upload }, { upload }],
    });
    expect(two.status).toBe(400);
    expect(codesOf(two)).toEqual([expect.stringMatching(/^upload-not-usable \/photos\/[01]$/)]);
    expect((await api.send("POST", "/profiles", { name: "A", pic: { upload } })).status).toBe(201);
  });

  it.each([
    ["a wrong token", () => `wbu_${"A".repeat(43)}`],
    ["no token at all", () => "hello"],
  ])("%s", async (_, tokenOf) => {
    const api = await start();
    const answer = await api.send("POST", "/profiles", { name: "A", pic: { upload: tokenOf() } });
    expect(answer.status).toBe(400);
    expect(codesOf(answer)).toEqual(["upload-not-usable /pic"]);
  });

  it("text that only looks like one is a file, where the schema takes text", async () => {
    const api = await start();
    const note = '{"upload": "not one of ours"}';
    const { status, value } = await api.send("POST", "/profiles", form({ name: "A", note }));
    expect([status, value["note"]]).toMatchObject([201, { size: note.length }]);
    expect(await api.stored()).toHaveLength(1);
  });
});

describe("whose it is", () => {
  const credentials = ["ada", "bob"].map((principal) => ({
    scheme: "bearerAuth",
    secret: `secret-${principal}`,
    principal,
  }));
  const document = {
    openapi: "3.1.1",
    info: {},
    security: [{ bearerAuth: [] }],
    components: { schemas, securitySchemes: { bearerAuth } },
  };

  it("a token is of whoever uploaded, and another learns nothing of it", async () => {
    const api = await start({ document, credentials });
    expect((await api.send("POST", "/uploads", pictures.red, png)).status).toBe(401);
    const staged = await api.send("POST", "/uploads", pictures.red, { ...png, ...as("ada") });
    const pic = { upload: staged.value["upload"] };
    const path = new URL(staged.headers.get("location") ?? "").pathname;
    const begun = { "tus-resumable": "1.0.0", "upload-length": "10", ...as("ada") };
    const coming = (await api.send("POST", "/uploads", undefined, begun)).headers;
    const unready = { name: "A", pic: { upload: coming.get("upload-token") } };
    const told = async (who: string) =>
      (await api.send("POST", "/profiles", unready, as(who))).value["detail"];
    expect(await told("ada")).toContain("not complete: 0 of 10");
    expect(await told("bob")).toContain("it may have been used");
    const foreign = await api.send("POST", "/profiles", { name: "A", pic }, as("bob"));
    const wrong = await api.send(
      "POST",
      "/profiles",
      { name: "A", pic: { upload: `wbu_${"A".repeat(43)}` } },
      as("bob"),
    );
    expect(foreign.value["errors"]).toEqual(wrong.value["errors"]);
    expect((await api.send("GET", path, undefined, as("bob"))).status).toBe(404);
    expect((await api.send("DELETE", path, undefined, as("bob"))).status).toBe(404);
    expect((await api.send("GET", path, undefined, as("ada"))).status).toBe(200);
    const own = await api.send("POST", "/profiles", { name: "A", pic }, as("ada"));
    expect(own.status).toBe(201);
  });

  it("a token may be bound to an operation and a property", async () => {
    const api = await start();
    const bound = async (query: string) => {
      const { value } = await api.send("POST", `/uploads?${query}`, pictures.red, png);
      return { upload: value["upload"] };
    };
    const here = await bound("operation=createProfile&property=pic");
    const there = await bound("operation=replaceProfile");
    const other = await bound("property=photos");
    for (const pic of [there, other])
      expect(codesOf(await api.send("POST", "/profiles", { name: "A", pic }))).toEqual([
        "upload-not-usable /pic",
      ]);
    const made = await api.send("POST", "/profiles", { name: "A", pic: here, photos: [other] });
    expect(made.status).toBe(201);
    expect((await api.send("PUT", "/profiles/1", { name: "B", pic: there })).status).toBe(200);
  });
});

describe("its end", () => {
  it("aborted: the bytes are gone, and so is the token", async () => {
    const api = await start();
    const staged = await api.send("POST", "/uploads", pictures.red, png);
    const path = new URL(staged.headers.get("location") ?? "").pathname;
    expect((await api.send("DELETE", path)).status).toBe(204);
    expect(await api.stored()).toEqual([]);
    expect((await api.send("GET", path)).value).toMatchObject({ state: "aborted" });
    const pic = { upload: staged.value["upload"] };
    expect((await api.send("POST", "/profiles", { name: "A", pic })).status).toBe(400);
  });

  it("attached: it cannot be aborted, and the file stays", async () => {
    const api = await start();
    const staged = await api.send("POST", "/uploads", pictures.red, png);
    const path = new URL(staged.headers.get("location") ?? "").pathname;
    const pic = { upload: staged.value["upload"] };
    await api.send("POST", "/profiles", { name: "A", pic });
    expect((await api.send("DELETE", path)).status).toBe(409);
    expect((await api.send("GET", path)).value).toMatchObject({ state: "attached" });
    expect((await api.send("GET", "/profiles/1/pic")).status).toBe(200);
  });

  it("expired: pruned in the background, with its bytes", async () => {
    const api = await start({ uploads: { expiresMs: 1 }, prune: { intervalMs: 5 } });
    const staged = await api.send("POST", "/uploads", pictures.red, png);
    const path = new URL(staged.headers.get("location") ?? "").pathname;
    await expect.poll(api.stored).toEqual([]);
    expect((await api.send("GET", path)).value).toMatchObject({ state: "expired" });
    const pic = { upload: staged.value["upload"] };
    expect(codesOf(await api.send("POST", "/profiles", { name: "A", pic }))).toEqual([
      "upload-not-usable /pic",
    ]);
  });

  it("a restart keeps what waits to be attached", async () => {
    const folder = await mkdtemp(join(tmpdir(), "waybill-uploads-"));
    undo.push(() => rm(folder, { recursive: true }));
    const first = await start({}, folder);
    const upload = await stage(first);
    await first.waybill.close();
    const second = await start({}, folder);
    expect(await second.stored()).toHaveLength(1);
    const made = await second.send("POST", "/profiles", { name: "A", pic: { upload } });
    expect(made.status).toBe(201);
  });

  it("many at once attach one token: one of them has it", async () => {
    const api = await start();
    const upload = await stage(api);
    const all = await Promise.all(
      Array.from({ length: 20 }, () =>
        api.send("POST", "/profiles", { name: "A", pic: { upload } }),
      ),
    );
    const statuses = all.map(({ status }) => status).sort();
    expect(statuses).toEqual([201, ...Array.from({ length: 19 }, () => 400)]);
    expect((await api.send("GET", "/profiles")).value).toMatchObject({ count: 1 });
    expect(await api.stored()).toHaveLength(1);
  });
});

describe("the document", () => {
  it("shows the operations, and that a file may be named", async () => {
    const api = await start();
    const { value } = await api.send("GET", "/openapi.json");
    const { paths, components } = value as unknown as {
      paths: Record<string, Record<string, Record<string, never>>>;
      components: { schemas: Record<string, Record<string, never>> };
    };
    expect(Object.keys(paths)).toEqual(expect.arrayContaining(["/uploads", "/uploads/{uploadId}"]));
    expect(paths["/uploads"]?.["post"]?.["responses"]).toHaveProperty("default");
    const named = { $ref: "#/components/schemas/UploadReference" };
    expect(JSON.stringify(components.schemas["ProfileInput"])).toContain(JSON.stringify(named));
    // What is written out means the same again.
    const again = await start({ document: value });
    const upload = await stage(again);
    const made = await again.send("POST", "/profiles", { name: "A", pic: { upload } });
    expect(made.status).toBe(201);
  });

  it("is left alone where there are no files", async () => {
    const Plain = { "x-resource": "/plain", properties: { a: { type: "string" } } };
    const document = { openapi: "3.1.1", info: {}, components: { schemas: { Plain } } };
    const api = await start({ document });
    const { value } = await api.send("GET", "/openapi.json");
    expect(Object.keys(value["paths"] ?? {})).toEqual(["/plain", "/plain/{id}"]);
  });
});
