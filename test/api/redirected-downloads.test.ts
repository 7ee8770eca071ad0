// Files by a signed URL of the storage: what is judged here before, what stands in the URL, and what outlives it.
import { afterEach, describe, expect, it } from "vitest";
import { createSqliteDb } from "../../src/db/sqlite-db.js";
import { assembleWaybill, type WaybillOptions } from "../../src/server/create-waybill.js";
import { pruneDue } from "../../src/server/prune-due.js";
import { downloadOptionsOf, graceMsOf } from "../../src/server/signed-url-options.js";
import { createMemoryStore } from "../../src/store/memory-store.js";
import type { Store } from "../../src/store/store.js";
import { pictures } from "../system/http-scenario.js";
import { undo, undoAll } from "./open-waybill.js";
import { createSignedStore } from "./signed-store.js";

const minuteMs = 60_000;
const document = {
  openapi: "3.1.1",
  info: { title: "T", version: "1" },
  components: {
    securitySchemes: { bearerAuth: { type: "http", scheme: "bearer" } },
    schemas: {
      Thing: {
        "x-resource": "/things",
        type: "object",
        properties: { name: { type: "string" }, file: { contentMediaType: "*/*" } },
      },
    },
  },
};

afterEach(undoAll);

async function start(options: Partial<WaybillOptions> = {}, store?: Store) {
  const signed = createSignedStore();
  const db = await createSqliteDb({ path: ":memory:" });
  undo.push(() => db.close());
  const clock = { at: Date.UTC(2026, 0, 1), now: () => clock.at };
  const data = { db, store: store ?? signed.store, close: async () => undefined };
  const downloads = { mode: "redirect", expiresMs: minuteMs } as const;
  const settings = { document, downloads, prune: false, ...options } as const;
  const waybill = await assembleWaybill(settings, data, clock);
  undo.push(() => waybill.close());
  const ask = async (method: string, path: string, headers = {}, body?: Uint8Array) =>
    waybill.fetch(
      new Request(`http://api.test${path}`, {
        method,
        headers,
        redirect: "manual",
        ...(body ? { body: Buffer.from(body) } : {}),
      }),
    );
  return { ask, signed, clock, db, prune: () => waybill.prune() };
}

type Started = Awaited<ReturnType<typeof start>>;

async function put({ ask }: Started, type: string, body: Uint8Array, name?: string): Promise<void> {
  await ask("POST", "/things", { "content-type": "application/json" }, Buffer.from("{}"));
  const disposition = name ? { "content-disposition": `attachment; filename="${name}"` } : {};
  const put = await ask("PUT", "/things/1/file", { "content-type": type, ...disposition }, body);
  expect(put.status).toBe(201);
}

describe("a redirected file", () => {
  it("is answered by a URL that says what a streamed answer would have said", async () => {
    const api = await start();
    await put(api, "image/png", pictures.red, "red.png");
    const head = await api.ask("HEAD", "/things/1/file");
    const got = await api.ask("GET", "/things/1/file", { range: "bytes=0-3" });
    expect(got.status).toBe(307);
    const [read] = api.signed.reads;
    if (!read) throw new Error("Nothing was signed.");
    const { key, ...how } = read;
    expect(got.headers.get("location")).toBe(`https://store.test/${key}?expires=${minuteMs}`);
    expect(how).toEqual({
      expiresMs: minuteMs,
      mediaType: head.headers.get("content-type"),
      contentDisposition: head.headers.get("content-disposition"),
    });
    expect(how.contentDisposition).toBe('inline; filename="red.png"');
    expect(got.headers.get("etag")).toBe(head.headers.get("etag"));
    // What were kept would be brought back by a 304, with a URL that is over.
    expect(got.headers.get("cache-control")).toBe("private, no-store");
    expect([head.status, head.headers.get("content-length")]).toEqual([
      200,
      String(pictures.red.length),
    ]);
  });

  it.each(["text/html", "image/svg+xml"])("%s is not shown in place", async (type) => {
    const api = await start();
    await put(api, type, Buffer.from("<svg xmlns='http://www.w3.org/2000/svg'/>"));
    expect((await api.ask("GET", "/things/1/file")).status).toBe(307);
    expect(api.signed.reads[0]?.contentDisposition).toMatch(/^attachment; filename="file\./);
  });

  it("conditions are judged before: no URL for what is not sent", async () => {
    const api = await start();
    await put(api, "image/png", pictures.red);
    const etag = (await api.ask("HEAD", "/things/1/file")).headers.get("etag") ?? "";
    const same = await api.ask("GET", "/things/1/file", { "if-none-match": etag });
    expect([same.status, same.headers.get("etag")]).toEqual([304, etag]);
    const other = await api.ask("GET", "/things/1/file", { "if-match": '"other"' });
    expect(other.status).toBe(412);
    expect((await api.ask("GET", "/things/2/file")).status).toBe(404);
    expect(api.signed.reads).toEqual([]);
  });

  it("what is wanted on condition is sent by the server: the storage knows no tag and no time of ours", async () => {
    const api = await start();
    await put(api, "image/png", pictures.red);
    const { headers } = await api.ask("HEAD", "/things/1/file");
    for (const [name, of] of [
      ["if-match", "etag"],
      ["if-unmodified-since", "last-modified"],
    ] as const) {
      const got = await api.ask("GET", "/things/1/file", { [name]: headers.get(of) ?? "" });
      expect(got.status, name).toBe(200);
      expect(Buffer.from(await got.arrayBuffer()).equals(pictures.red)).toBe(true);
    }
  });

  it("is for those alone who may see it", async () => {
    const secured = { ...document, security: [{ bearerAuth: [] }] };
    const api = await start({ document: secured, authenticate: () => undefined });
    expect((await api.ask("GET", "/things/1/file")).status).toBe(401);
    expect(api.signed.reads).toEqual([]);
  });

  it("is sent by the server where the storage signs nothing, and unless it is wanted", async () => {
    const local = await start({}, createMemoryStore());
    await put(local, "image/png", pictures.red);
    expect((await local.ask("GET", "/things/1/file")).status).toBe(200);
    const streaming = await start({ downloads: {} });
    await put(streaming, "image/png", pictures.red);
    expect((await streaming.ask("GET", "/things/1/file")).status).toBe(200);
    expect(streaming.signed.reads).toEqual([]);
  });
});

describe("bytes outlive the last URL that may lead to them", () => {
  const day = { downloads: { mode: "redirect", expiresMs: 24 * 60 * minuteMs } } as const;

  it("in the server", async () => {
    const api = await start(day);
    await put(api, "image/png", pictures.red);
    expect((await api.ask("DELETE", "/things/1")).status).toBe(204);
    api.clock.at += 24 * 60 * minuteMs;
    await api.prune();
    expect(await api.signed.keys()).toHaveLength(1);
    api.clock.at += 2 * minuteMs;
    await api.prune();
    expect(await api.signed.keys()).toEqual([]);
  });

  it("in the command", async () => {
    const api = await start(day);
    await put(api, "image/png", pictures.red);
    await api.ask("DELETE", "/things/1");
    const { db, clock, signed } = api;
    const { store } = signed;
    const graceMs = graceMsOf(store, { downloads: day.downloads, directMs: minuteMs });
    const run = async (): Promise<string[]> => {
      const gone = [];
      const due = { db, store, clock, graceMs, eventsMs: 1e12, dryRun: false };
      for await (const { kind } of pruneDue({ ...due, goOn: async () => true })) gone.push(kind);
      return gone;
    };
    clock.at += 24 * 60 * minuteMs;
    expect([await run(), await signed.keys()]).toEqual([[], [expect.any(String)]]);
    clock.at += 2 * minuteMs;
    expect([await run(), await signed.keys()]).toEqual([["bytes"], []]);
  });

  const { store } = createSignedStore();
  const redirect = { mode: "redirect", expiresMs: 5 * minuteMs } as const;
  const stream = { mode: "stream", expiresMs: 5 * minuteMs } as const;
  it.each([
    ["none, nothing", createMemoryStore(), redirect, 60 * minuteMs, 0],
    ["none, what the storage says", { ...createMemoryStore(), graceMs: 7 }, redirect, 1e6, 7],
    ["to read", store, redirect, minuteMs, 6 * minuteMs],
    ["to send", store, redirect, 60 * minuteMs, 61 * minuteMs],
    ["to send alone", store, stream, minuteMs, 2 * minuteMs],
    ["shorter than the storage's", { ...store, graceMs: 1e9 }, redirect, minuteMs, 1e9],
  ])("with URLs %s", (_, at, downloads, directMs, want) => {
    expect(graceMsOf(at, { downloads, directMs })).toBe(want);
  });
});

it.each([
  [true, "downloads must be an object."],
  [{ mode: "proxy" }, "downloads.mode must be stream or redirect."],
  [{ expires: 1 }, "downloads: there is no option expires; there are mode, expiresMs."],
  [
    { expiresMs: 0 },
    "downloads.expiresMs must be a number of milliseconds from 1000 to 604800000.",
  ],
  [
    { expiresMs: 1e12 },
    "downloads.expiresMs must be a number of milliseconds from 1000 to 604800000.",
  ],
])("the option %j is refused", (said, want) => {
  expect(() => downloadOptionsOf(said)).toThrow(want);
});
