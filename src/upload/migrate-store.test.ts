import { createHash } from "node:crypto";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createUuid } from "../base/id.js";
import { blobs } from "../db/blobs.js";
import type { Db } from "../db/db.js";
import { createSqliteDb } from "../db/sqlite-db.js";
import { uploads } from "../db/uploads.js";
import { upload } from "../db/test-rows.js";
import { createMemoryStore } from "../store/memory-store.js";
import { hasBlob } from "../store/has-blob.js";
import { readBlob } from "../store/read-blob.js";
import type { Store } from "../store/store.js";
import { leftBehind, migrateBlobs, type Migrated, type MigrateOptions } from "./migrate-store.js";

let idMs = 0;
let db: Db;
let from: Store;
let to: Store;
beforeEach(async () => {
  db = await createSqliteDb({ path: ":memory:" });
  [from, to] = [createMemoryStore(), createMemoryStore()];
});
afterEach(() => db.close());

async function put(store: Store, text: string, key = createUuid(Date.now())): Promise<string> {
  const writer = store.create(key);
  await writer.write(Buffer.from(text));
  await writer.close();
  return key;
}

async function addRow(key: string, text: string): Promise<string> {
  const id = createUuid(++idMs);
  const sha256 = createHash("sha256").update(text).digest("hex");
  const reference = { id, mediaType: "text/plain", size: text.length, sha256 };
  await db.transaction((sql) => blobs.insert(sql, { reference, key, createdAt: 0 }));
  return id;
}

async function add(text: string): Promise<string> {
  const key = await put(from, text);
  await addRow(key, text);
  return key;
}

async function run(options: Partial<MigrateOptions> = {}): Promise<Migrated[]> {
  const all: Migrated[] = [];
  const { signal } = new AbortController();
  const given = { db, from, to, after: "", readBack: true, atOnce: 3, signal, ...options };
  for await (const each of migrateBlobs(given)) all.push(each);
  return all;
}

async function left(): Promise<string[]> {
  const all: string[] = [];
  const { signal } = new AbortController();
  for await (const { key, what } of leftBehind({ db, from, to, signal }))
    all.push(`${what} ${key}`);
  return all;
}

async function textOf(store: Store, key: string): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of readBlob(store, key)) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}

/** What is written into the target comes out as something else. */
const spoiled = (store: Store): Store => ({
  ...store,
  create(key) {
    const writer = store.create(key);
    return { ...writer, write: (bytes) => writer.write(Buffer.alloc(bytes.length)) };
  },
});

describe("moving blobs", () => {
  it("copies what rows name, in their order, goes on after one, and knows when nothing is left", async () => {
    const texts = Array.from({ length: 450 }, (_, i) => `text ${i}`);
    const keys: string[] = [];
    for (const text of texts) keys.push(await add(text));
    const stray = await put(from, "nobody's");
    expect(await left()).toHaveLength(450);
    const first = await run();
    expect(first.map(({ key }) => key)).toEqual(keys);
    expect(new Set(first.map(({ what }) => what))).toEqual(new Set(["copied"]));
    for (const [i, key] of keys.entries()) expect(await textOf(to, key)).toBe(texts[i]);
    expect(await hasBlob(to, stray)).toBe(false);
    expect(await left()).toEqual([]);
    const again = await run({ after: first[447]?.id ?? "" });
    expect(again.map(({ what }) => what)).toEqual(["there", "there"]);
  });

  it("ends when it is told to, between two", async () => {
    for (let i = 0; i < 20; i++) await add(`${i}`);
    const end = new AbortController();
    const seen: Migrated[] = [];
    const options = { db, from, to, after: "", readBack: true, atOnce: 3, signal: end.signal };
    for await (const each of migrateBlobs(options)) if (seen.push(each) === 4) end.abort();
    expect(seen.length).toBeLessThan(10);
  });

  it("tells of bytes that are not what the row says, and leaves nothing of them", async () => {
    const key = await put(from, "rotten");
    await addRow(key, "ripe");
    expect(await run()).toMatchObject([{ what: "failed", finding: { kind: "digest" } }]);
    expect(await hasBlob(to, key)).toBe(false);
    expect(await left()).toEqual([`blob ${key}`]);
  });

  it("tells of a target that gives back something else, and leaves nothing of it, unless it is not to look", async () => {
    const key = await add("whole");
    expect(await run({ to: spoiled(to) })).toMatchObject([{ finding: { kind: "digest" } }]);
    expect(await hasBlob(to, key)).toBe(false);
    expect(await run({ to: spoiled(to), readBack: false })).toMatchObject([{ what: "copied" }]);
    expect(await run({ readBack: false })).toMatchObject([{ what: "there" }]);
    // A later run that looks finds it, and copies it again.
    expect(await run()).toMatchObject([{ what: "copied" }]);
    expect(await textOf(to, key)).toBe("whole");
  });

  it("never deletes from the target what the source has no better of", async () => {
    const key = await put(to, "damaged");
    await addRow(key, "sound");
    expect(await run()).toMatchObject([{ what: "failed", finding: { kind: "digest" } }]);
    expect(await textOf(to, key)).toBe("damaged");
  });

  it("takes back what was deleted while it was copied, and tells of what is nowhere", async () => {
    const [key, nowhere] = [await add("short-lived"), createUuid(Date.now())];
    await addRow(nowhere, "lost");
    const [row] = await blobs.page(db, { after: "", limit: 1 });
    const deleting: Store = {
      ...from,
      async open(asked) {
        const opened = await from.open(asked);
        const id = row?.reference.id ?? "";
        await db.transaction((sql) => blobs.delete(sql, { ids: [id], nowMs: 1 }));
        return opened;
      },
    };
    expect(await run({ from: deleting })).toMatchObject([
      { what: "gone" },
      { what: "failed", finding: { kind: "missing" } },
    ]);
    expect(await hasBlob(to, key)).toBe(false);
  });

  it("does not tell of what is deleted while it looks for it", async () => {
    await add("short-lived");
    const [row] = await blobs.page(db, { after: "", limit: 1 });
    const kept = to;
    const deleting: Store = {
      ...kept,
      async open(asked) {
        const id = row?.reference.id ?? "";
        await db.transaction((sql) => blobs.delete(sql, { ids: [id], nowMs: 1 }));
        return kept.open(asked);
      },
    };
    to = deleting;
    expect(await left()).toEqual([]);
  });

  it("tells of an upload that goes on in the source", async () => {
    const row = upload("u", { state: "receiving", key: createUuid(1) });
    await db.transaction((sql) => uploads.insert(sql, row));
    const writer = await from.partial!.open(row.key, { offset: 0, epoch: 1 });
    await writer.close();
    expect(await left()).toEqual([`upload ${row.key}`]);
    await db.transaction((sql) => uploads.abort(sql, row.id));
    expect(await left()).toEqual([]);
  });

  it("tells of an upload that becomes a file between its two questions", async () => {
    const key = await put(from, "x");
    await db.transaction((sql) => uploads.insert(sql, upload("u", { state: "stored", key })));
    const moving: Db = {
      ...db,
      async all(text, params) {
        const found = await db.all<never>(text, params);
        if ((await blobs.byKey(db, key)) === undefined) {
          await addRow(key, "x");
          await db.run("UPDATE upload SET state = 'attached'");
        }
        return found;
      },
    };
    const { signal } = new AbortController();
    const found = [];
    for await (const each of leftBehind({ db: moving, from, to, signal })) found.push(each.key);
    expect(found).toEqual([key]);
  });
});
