import { afterEach, beforeEach, expect, it } from "vitest";
import { createUuid } from "../base/id.js";
import { blobs } from "../db/blobs.js";
import { createSqliteDb } from "../db/sqlite-db.js";
import { tombstones } from "../db/tombstones.js";
import { createMemoryStore } from "../store/memory-store.js";
import { reap, refuseStored, sweepOrphans } from "./prune.js";
import type { Db } from "../db/db.js";
import type { Store } from "../store/store.js";

let db: Db;
let store: Store;
beforeEach(async () => {
  db = await createSqliteDb({ path: ":memory:" });
  store = createMemoryStore();
});
afterEach(() => db.close());

const clock = { now: () => 1000 };

async function put(timeMs: number): Promise<string> {
  const key = createUuid(timeMs);
  const writer = store.create(key);
  await writer.write(Buffer.from("x"));
  await writer.close();
  return key;
}

async function keys(): Promise<string[]> {
  const found: string[] = [];
  for await (const { key } of store.list()) found.push(key);
  return found.sort();
}

function addRow(key: string): Promise<void> {
  const reference = { id: key, mediaType: "text/plain", size: 1, sha256: "0" };
  return db.transaction((sql) => blobs.insert(sql, { reference, key, createdAt: 0 }));
}

const bury = (key: string, nowMs = 0) =>
  db.transaction((sql) => tombstones.insert(sql, { key, nowMs }));
const buried = () => tombstones.oldest(db, { untilMs: 1e9, limit: 1000 });

it("reaps the bytes of tombstones, many pages of them, and then the tombstones", async () => {
  const kept = await put(1);
  for (let i = 0; i < 250; i++) await bury(await put(1));
  await bury(createUuid(1)); // whose bytes are gone already
  expect(await reap({ db, store, clock })).toEqual({ deleted: 251, failed: 0 });
  expect(await keys()).toEqual([kept]);
  expect(await buried()).toEqual([]);
});

it("lets bytes outlive their row by the grace period", async () => {
  const [old, young] = [await put(1), await put(1)];
  await bury(old, 899);
  await bury(young, 901);
  expect(await reap({ db, store, clock, graceMs: 100 })).toEqual({ deleted: 1, failed: 0 });
  expect(await keys()).toEqual([young]);
  expect(await buried()).toEqual([young]);
});

it("keeps the tombstone of bytes that could not be deleted, and goes on", async () => {
  const all = [];
  for (let i = 0; i < 220; i++) all.push(await put(1));
  for (const key of all) await bury(key);
  const stuck = new Set(all.filter((_, i) => i % 2 === 0));
  const failing: Store = {
    ...store,
    delete: async (key) => {
      if (stuck.has(key)) throw new Error("disk");
      await store.delete(key);
    },
  };
  expect(await reap({ db, store: failing, clock })).toEqual({ deleted: 110, failed: 110 });
  expect(await buried()).toEqual([...stuck].sort());
  expect(await keys()).toEqual([...stuck].sort());
  expect(await reap({ db, store, clock })).toEqual({ deleted: 110, failed: 0 });
});

it("deletes bytes only after the row, and the tombstone only after the bytes", async () => {
  const key = await put(1);
  await bury(key);
  const watching: Store = {
    ...store,
    delete: async (gone) => {
      expect(await buried()).toEqual([key]);
      await store.delete(gone);
    },
  };
  expect(await reap({ db, store: watching, clock })).toEqual({ deleted: 1, failed: 0 });
});

it("sweeps old bytes without a row, and nothing else", async () => {
  const owned = await put(10);
  await addRow(owned);
  const young = await put(100);
  for (let i = 0; i < 50; i++) await put(99);
  expect(await sweepOrphans({ db, store, beforeMs: 100 })).toEqual({ deleted: 50, failed: 0 });
  expect(await keys()).toEqual([owned, young].sort());
});

it("sweeps many, where most have a row", async () => {
  for (let i = 0; i < 120; i++) await addRow(await put(1));
  for (let i = 0; i < 120; i++) await put(1);
  expect(await sweepOrphans({ db, store, beforeMs: 100 })).toEqual({ deleted: 120, failed: 0 });
});

it("refuses to sweep a store whose rows are missing", async () => {
  for (let i = 0; i < 50; i++) await addRow(await put(1));
  for (let i = 0; i < 51; i++) await put(1);
  await expect(sweepOrphans({ db, store, beforeMs: 100 })).rejects.toMatchObject({
    code: "unavailable",
    message:
      "Of 101 stored files, the database knows only 50: nothing was deleted. Put back the database that belongs to them, or move the other 51 away.",
  });
  expect((await keys()).length).toBe(101);
});

it("refuses stored files where there can be no rows", async () => {
  await refuseStored(store);
  await put(1);
  await expect(refuseStored(store)).rejects.toMatchObject({
    code: "unavailable",
    message:
      "The database is new, but 1 files are stored: nothing was deleted. Put back the database that belongs to them, or move them away to begin anew.",
  });
});
