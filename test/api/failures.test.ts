// Failures that upload servers are known for, as far as no other test has them: docs/failures.md names one for each.
import { createHash } from "node:crypto";
import { mkdtemp, rename, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { performance } from "node:perf_hooks";
import { afterEach, describe, expect, it, vi } from "vitest";
import { systemClock } from "../../src/base/clock.js";
import { createUuid } from "../../src/base/id.js";
import { WaybillError } from "../../src/base/fault.js";
import { createSqliteDb } from "../../src/db/sqlite-db.js";
import { assembleWaybill } from "../../src/server/create-waybill.js";
import { createMemoryStore } from "../../src/store/memory-store.js";
import type { PartialBlobs, Store } from "../../src/store/store.js";
import {
  answerOf,
  attach,
  create,
  octets,
  offsetOf,
  patch,
  start,
  undo,
  undoAll,
} from "./tus-api.js";
import type { Api, Message } from "./tus-api.js";

afterEach(async () => {
  vi.useRealTimers();
  await undoAll();
});

const hourMs = 60 * 60 * 1000;
const text = Buffer.from("one two three");
const sha256 = createHash("sha256").update(text).digest("hex");

async function uploaded(api: Api): Promise<[url: string, token: string]> {
  const made = await create(api, text.length);
  expect(answerOf(await patch(api, made[0], 0, text))).toBe(`204 ${text.length}`);
  return made;
}

/** The chunks, as they are, without a length. */
function chunked(...chunks: readonly string[]): ReadableStream {
  return new ReadableStream({
    start(controller) {
      for (const chunk of chunks) controller.enqueue(Buffer.from(chunk));
      controller.close();
    },
  });
}

/** Over a store of which `finish` can be held up, or can fail. */
async function startOver(finish: PartialBlobs["finish"], store: Store): Promise<Api["send"]> {
  const db = await createSqliteDb({ path: ":memory:" });
  const { partial } = store;
  if (!partial) throw new Error("The store takes no partial blobs.");
  const schemas = {
    Profile: {
      "x-resource": "/profiles",
      type: "object",
      properties: { any: { contentMediaType: "*/*" } },
    },
  };
  const info = { title: "T", version: "1" };
  const waybill = await assembleWaybill(
    { document: { openapi: "3.1.1", info, components: { schemas } }, prune: false },
    { db, store: { ...store, partial: { ...partial, finish } }, close: () => db.close() },
    systemClock,
  );
  undo.push(() => waybill.close());
  return (method, path, { headers = {}, body }: Message = {}) =>
    waybill.fetch(
      new Request(new URL(path, "http://api.test"), {
        method,
        headers: { "tus-resumable": "1.0.0", ...headers },
        ...(body === undefined ? {} : { body, duplex: "half" }),
      } as RequestInit),
    );
}

const piece = (body: Message["body"], offset = 0): Message => ({
  headers: { ...octets, "upload-offset": String(offset) },
  ...(body === undefined ? {} : { body }),
});

async function reserved(send: Api["send"]): Promise<string> {
  const made = await send("POST", "/uploads", {
    headers: { "upload-length": String(text.length) },
  });
  return made.headers.get("location") ?? "";
}

describe("the end of an upload", () => {
  it("attached, it stays when its time is over: its offset is told, its bytes are there", async () => {
    vi.useFakeTimers({ toFake: ["Date"] });
    const api = await start();
    const [url, token] = await uploaded(api);
    expect((await attach(api, token)).status).toBe(201);
    vi.setSystemTime(Date.now() + 25 * hourMs);
    await api.waybill.prune();
    expect(await offsetOf(api, url)).toBe(`200 ${text.length}`);
    const file = await api.send("GET", "/profiles/1/any");
    expect(Buffer.from(await file.arrayBuffer())).toEqual(text);
    // Its row tells of it for a day more.
    vi.setSystemTime(Date.now() + 25 * hourMs);
    await api.waybill.prune();
    expect(await offsetOf(api, url)).toBe("404 null");
    const still = await api.send("GET", "/profiles/1/any");
    expect(await still.text()).toBe(String(text));
  });

  it("is told to nobody while it cannot be reached, and comes when it can", async () => {
    const store = createMemoryStore();
    let isBroken = true;
    const send = await startOver(async (key, size) => {
      if (isBroken) throw new WaybillError({ code: "unavailable", detail: "Not now." });
      await store.partial?.finish(key, size);
    }, store);
    const url = await reserved(send);
    const asked = [
      await send("PATCH", url, piece(text)),
      await send("HEAD", url),
      await send("PATCH", url, piece(undefined, text.length)),
    ];
    for (const { status, headers } of asked)
      expect([status, headers.get("upload-offset")]).toEqual([503, null]);
    isBroken = false;
    expect(answerOf(await send("HEAD", url))).toBe(`200 ${text.length}`);
    expect(await (await send("GET", url)).json()).toMatchObject({ state: "verified", sha256 });
  });

  it("whoever waits for another costs no CPU, however many they are", async () => {
    const store = createMemoryStore();
    let release: (() => void) | undefined;
    let arrived: (() => void) | undefined;
    const isWaited = new Promise<void>((resolve) => (arrived = resolve));
    const isReleased = new Promise<void>((resolve) => (release = resolve));
    const send = await startOver(async (key, size) => {
      arrived?.();
      await isReleased;
      await store.partial?.finish(key, size);
    }, store);
    const url = await reserved(send);
    const patched = send("PATCH", url, piece(text));
    await isWaited;
    const waiting = Array.from({ length: 20 }, () => send("HEAD", url));
    await new Promise((resolve) => setTimeout(resolve, 100));
    const before = performance.eventLoopUtilization();
    await new Promise((resolve) => setTimeout(resolve, 500));
    // One that asks again in each turn of the loop has it busy all of the time.
    expect(performance.eventLoopUtilization(before).utilization).toBeLessThan(0.5);
    release?.();
    expect((await patched).status).toBe(204);
    for (const { status } of await Promise.all(waiting)) expect(status).toBe(200);
  });
});

describe("more than was said", () => {
  it("is refused as a whole: nothing is cut off at its end and taken", async () => {
    const api = await start();
    const [url, token] = await create(api, text.length);
    const tooMuch = await patch(api, url, 0, chunked("one two three", " four"));
    expect(tooMuch.status).toBe(413);
    expect(await offsetOf(api, url)).toBe("200 0");
    expect((await attach(api, token)).status).toBe(400);
    expect(answerOf(await patch(api, url, 0, text))).toBe(`204 ${text.length}`);
    expect(await (await attach(api, token)).json()).toMatchObject({ any: { sha256 } });
  });

  it("less than was said is no file", async () => {
    const api = await start();
    const [url, token] = await create(api, text.length);
    expect(answerOf(await patch(api, url, 0, chunked("one", " two")))).toBe("204 7");
    expect((await attach(api, token)).status).toBe(400);
  });
});

describe("one name for one thing", () => {
  it("what shows an upload does not attach it, and what attaches it shows nothing", async () => {
    const api = await start();
    const [url, token] = await uploaded(api);
    const id = url.split("/").at(-1) ?? "";
    for (const said of [id, url]) expect((await attach(api, said)).status).toBe(400);
    for (const path of [`/uploads/${token}`, `/profiles/${token}/any`])
      expect((await api.send("GET", path)).status).toBe(404);
    const made = (await (await attach(api, token)).json()) as { any: { id: string; url: string } };
    for (const said of [made.any.id, made.any.url, token])
      expect((await attach(api, said)).status).toBe(400);
    expect(JSON.stringify(made)).not.toContain(token);
  });
});

describe("a disk that is not there", () => {
  it("costs no rows: they are whole again when it is back", async () => {
    const folder = await mkdtemp(join(tmpdir(), "waybill-failures-"));
    undo.push(() => rm(folder, { recursive: true }));
    const [files, away] = [join(folder, "data/files"), join(folder, "away")];
    const before = await start({}, join(folder, "data"));
    const [, token] = await uploaded(before);
    expect((await attach(before, token)).status).toBe(201);
    await before.waybill.close();
    await rename(files, away);
    const empty = await start({}, join(folder, "data"));
    await empty.waybill.prune();
    expect((await empty.send("GET", "/profiles/1")).status).toBe(200);
    expect((await empty.send("GET", "/profiles/1/any")).status).toBeGreaterThanOrEqual(400);
    await empty.waybill.close();
    await rm(files, { recursive: true });
    await rename(away, files);
    const after = await start({}, join(folder, "data"));
    const file = await after.send("GET", "/profiles/1/any");
    expect(Buffer.from(await file.arrayBuffer())).toEqual(text);
  });
});

describe("a database and a store that others may use too", () => {
  it("are left as they are at the start, and pruned by one of them at a time", async () => {
    const db = await createSqliteDb({ path: ":memory:" });
    const store = createMemoryStore();
    const key = createUuid(1); // of a request of another process, its row not yet committed
    const writer = store.create(key);
    await writer.write(text);
    await writer.close();
    const info = { title: "T", version: "1" };
    const options = { document: { openapi: "3.1.1", info, paths: {} }, prune: false } as const;
    const holders = new Set<unknown>();
    for (let i = 0; i < 2; i++) {
      const waybill = await assembleWaybill(options, { db, store, close: async () => undefined });
      await waybill.prune();
      holders.add((await db.get("SELECT holder FROM lease WHERE name = 'prune'"))?.["holder"]);
      await waybill.close();
    }
    expect(holders.size).toBe(2);
    await (await store.open(key)).close();
    await db.close();
  });
});

describe("races", () => {
  const rounds = 40;

  it("many attach one token at once, again and again: one of them has it", async () => {
    const api = await start();
    for (let round = 1; round <= rounds; round++) {
      const [url, token] = await uploaded(api);
      const all = await Promise.all(Array.from({ length: 8 }, () => attach(api, token)));
      const statuses = all.map(({ status }) => status).sort();
      expect(statuses).toEqual([201, ...Array.from({ length: 7 }, () => 400)]);
      expect(await (await api.send("GET", url)).json()).toMatchObject({ state: "attached" });
      const list = await api.send("GET", "/profiles");
      expect(list.headers.get("x-total-count")).toBe(String(round));
    }
    expect((await api.stored()).length).toBe(rounds);
  });

  it("attached, given up and expired at once: one of them happens, and the bytes agree", async () => {
    vi.useFakeTimers({ toFake: ["Date"] });
    const api = await start({ prune: false });
    let kept = 0;
    for (let round = 0; round < rounds; round++) {
      const [url, token] = await uploaded(api);
      const expire = async (): Promise<void> => {
        if (round % 2 === 0) vi.setSystemTime(Date.now() + 25 * hourMs);
        await api.waybill.prune();
      };
      const ways = [() => attach(api, token), () => api.send("DELETE", url), expire];
      const from = round % 3;
      const turned = [...ways.slice(from), ...ways.slice(0, from)];
      const results = await Promise.all(turned.map((way) => way()));
      const [made, gone] = [results[(3 - from) % 3], results[(4 - from) % 3]] as Response[];
      const isAttached = made?.status === 201;
      if (isAttached) expect(gone?.status).not.toBe(204);
      if (isAttached) kept++;
      expect((await api.stored()).length, `round ${round}`).toBe(kept);
    }
  });

  it("two write at one offset, again and again: the octets are of one of them", async () => {
    const api = await start();
    for (let round = 0; round < rounds; round++) {
      const [url, token] = await create(api, 8);
      const all = await Promise.all(
        ["aaaaaaaa", "bbbbbbbb"].map((each) =>
          patch(api, url, 0, chunked(each.slice(0, 4), each.slice(4))),
        ),
      );
      expect(all.filter(({ status }) => status === 204).length).toBeLessThanOrEqual(1);
      const [, offset] = (await offsetOf(api, url)).split(" ");
      if (offset !== "8") continue;
      expect((await attach(api, token)).status).toBe(201);
      const { results } = (await (await api.send("GET", "/profiles?ordering=-id")).json()) as {
        results: { id: number }[];
      };
      const newest = Math.max(...results.map(({ id }) => Number(id)));
      const file = await (await api.send("GET", `/profiles/${newest}/any`)).text();
      expect(["aaaaaaaa", "bbbbbbbb"]).toContain(file);
    }
  });
});
