import { afterEach, beforeEach, expect, it } from "vitest";
import { createUuid } from "../base/id.js";
import { blobs } from "../db/blobs.js";
import { createSqliteDb } from "../db/sqlite-db.js";
import { upload } from "../db/test-rows.js";
import { tombstones } from "../db/tombstones.js";
import { uploads } from "../db/uploads.js";
import { createMemoryStore } from "../store/memory-store.js";
import { createTwoStores } from "../store/two-stores.js";
import {
  createAbandonedStep,
  createReapStep,
  reapYoung,
  refuseStored,
  sweepOrphans,
} from "./prune.js";
import { createPurgeStep, purgeQuarantine, quarantined } from "./quarantined.js";
import { putAside } from "./reconcile.js";
import type { Db } from "../db/db.js";
import type { Store } from "../store/store.js";
import type { ReapOptions } from "./prune.js";

let db: Db;
let store: Store;
beforeEach(async () => {
  db = await createSqliteDb({ path: ":memory:" });
  store = createMemoryStore();
});
afterEach(() => db.close());

const clock = { now: () => 1000 };
const dayMs = 24 * 60 * 60 * 1000;

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
const buried = async () =>
  (await tombstones.oldest(db, { untilMs: 1e9, limit: 1000 })).map(({ key }) => key);

/** One round; resolves to how many tombstones went, and how many stayed. */
async function reapAll(options: Partial<ReapOptions> = {}): Promise<[gone: number, left: number]> {
  const before = (await buried()).length;
  const step = createReapStep({ db, store, clock, ...options });
  while (await step());
  const left = (await buried()).length;
  return [before - left, left];
}

it("reaps the bytes of tombstones, many pages of them, and then the tombstones", async () => {
  const kept = await put(1);
  for (let i = 0; i < 250; i++) await bury(await put(1));
  await bury(createUuid(1)); // whose bytes are gone already
  expect(await reapAll()).toEqual([251, 0]);
  expect(await keys()).toEqual([kept]);
  expect(await buried()).toEqual([]);
});

it("lets bytes outlive their row by the grace period", async () => {
  const [old, young] = [await put(1), await put(1)];
  await bury(old, 899);
  await bury(young, 901);
  expect(await reapAll({ graceMs: 100 })).toEqual([1, 1]);
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
  expect(await reapAll({ store: failing })).toEqual([110, 110]);
  expect(await buried()).toEqual([...stuck].sort());
  expect(await keys()).toEqual([...stuck].sort());
  expect(await reapAll()).toEqual([110, 0]);
});

it("after a request deletes what is young alone, in a step one page; each but once in a round", async () => {
  const all = [];
  for (let i = 0; i < 220; i++) all.push(await put(1));
  for (const key of all) await bury(key);
  const own = await put(1);
  const later = { now: () => 100_000 };
  await bury(own, 99_000);
  expect(await reapYoung({ db, store, clock: later })).toEqual({ deleted: 1, failed: 0 });
  expect(await buried()).toHaveLength(220);
  const stuck = new Set(all.slice(0, 150));
  const tried: string[] = [];
  const failing: Store = {
    ...store,
    delete: async (key) => {
      tried.push(key);
      if (stuck.has(key)) throw new Error("disk");
    },
  };
  const step = createReapStep({ db, store: failing, clock: later });
  expect(await step()).toBe(true);
  expect(tried).toHaveLength(100);
  expect([await step(), await step()]).toEqual([true, false]);
  expect(tried.toSorted()).toEqual(all.toSorted());
  await step();
  expect(tried).toHaveLength(320); // the next round begins at the first again
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
  expect(await reapAll({ store: watching })).toEqual([1, 0]);
});

async function asideKeys(): Promise<string[]> {
  return [...(await quarantined(store)).keys()].sort();
}

it("puts old bytes without a row aside, and nothing else; deletes none", async () => {
  const owned = await put(10);
  await addRow(owned);
  const young = await put(100);
  const strays = [];
  for (let i = 0; i < 50; i++) strays.push(await put(99));
  const deleted: string[] = [];
  const watching: Store = { ...store, delete: async (key) => void deleted.push(key) };
  const swept = await sweepOrphans({ db, store: watching, beforeMs: 100 });
  expect(swept).toEqual({ aside: 50, restored: 0, failed: 0 });
  expect(await keys()).toEqual([owned, young].sort());
  expect([await asideKeys(), deleted]).toEqual([strays.sort(), []]);
});

it("leaves them where they are in a store without quarantine", async () => {
  const key = await put(1);
  const { quarantine: _, ...bare } = store;
  expect(await sweepOrphans({ db, store: bare, beforeMs: 100 })).toMatchObject({ aside: 0 });
  expect(await keys()).toEqual([key]);
});

const sweepOld = () => sweepOrphans({ db, store, beforeMs: 100 });

it("puts many aside, where most have a row, and brings back what gets its row again", async () => {
  for (let i = 0; i < 120; i++) await addRow(await put(1));
  const late = await put(1);
  for (let i = 0; i < 119; i++) await put(1);
  expect(await sweepOld()).toEqual({ aside: 120, restored: 0, failed: 0 });
  await addRow(late); // as when the right database is put back
  expect(await sweepOld()).toEqual({ aside: 0, restored: 1, failed: 0 });
  expect(await keys()).toContain(late);
});

it("purges from quarantine what was there for long, and brings back what a row names", async () => {
  const [known, stray] = [await put(1), await put(1)];
  await sweepOrphans({ db, store, beforeMs: 100 });
  await addRow(known);
  const purge = async (untilMs: number) => {
    const found = [];
    for await (const { key, action } of purgeQuarantine({ db, store, untilMs }))
      found.push(`${key} ${action}`);
    return found.sort();
  };
  expect(await purge(Date.now() - 60_000)).toEqual([]);
  expect(await purge(Date.now() + 60_000)).toEqual(
    [`${known} restored`, `${stray} deleted`].sort(),
  );
  expect([await keys(), await asideKeys()]).toEqual([[known], []]);
});

it("the pruner purges it after 30 days, and not before", async () => {
  await put(1);
  await sweepOrphans({ db, store, beforeMs: 100 });
  let nowMs = Date.now() + 29 * dayMs;
  const step = createPurgeStep({ db, store, clock: { now: () => nowMs } });
  expect([await step(), (await asideKeys()).length]).toEqual([false, 1]);
  nowMs += 2 * dayMs;
  expect([await step(), (await asideKeys()).length]).toEqual([false, 0]);
});

it("does not put aside what goes from upload to blob while its row is looked for", async () => {
  const key = await put(1);
  await db.transaction((sql) => uploads.insert(sql, upload("u", { key })));
  let moved = false;
  const moving: Db = {
    ...db,
    async all(text, params) {
      const rows = await db.all<never>(text, params);
      if (!moved && text.includes("WHERE key IN")) {
        moved = true;
        await addRow(key);
        await db.run("UPDATE upload SET state = 'attached'");
      }
      return rows;
    },
  };
  expect([await putAside({ db: moving, store }, key), moved]).toEqual([false, true]);
  expect(await keys()).toEqual([key]);
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

it("clears up beside others what is old and unfinished, once an hour, and no blob that a row names", async () => {
  const now = { now: () => 3 * dayMs };
  const asked: number[] = [];
  const [old, named, young] = [createUuid(1), createUuid(1), createUuid(3 * dayMs)];
  for (const key of [old, named, young]) {
    const writer = await store.partial?.open(key, { offset: 0, epoch: 1 });
    await writer?.close();
  }
  await addRow(named);
  const sweepAbandoned = async (beforeMs: number): Promise<number> => asked.push(beforeMs);
  const step = createAbandonedStep({ db, store: { ...store, sweepAbandoned }, clock: now });
  expect([await step(), await step()]).toEqual([false, false]);
  expect(asked).toEqual([2 * dayMs]);
  const left: string[] = [];
  for await (const key of store.partial?.list() ?? []) left.push(key);
  expect(left.toSorted()).toEqual([named, young].toSorted());
});

it("clears up in a folder beside a shared database, whose sweep does it all", async () => {
  let swept = 0;
  const sweep = async (): Promise<number> => ++swept;
  await createAbandonedStep({ db, store: { ...store, sweep }, clock })();
  expect(swept).toBe(1);
  const two = createTwoStores(store, { ...store, sweep });
  await createAbandonedStep({ db, store: two, clock })();
  expect(swept).toBe(2);
});

it("refuses stored files where there can be no rows", async () => {
  await refuseStored(store);
  const keys = [await put(1), await put(2)];
  let looked = 0;
  async function* list(): ReturnType<Store["list"]> {
    for (const key of keys) {
      looked++;
      yield { key, size: 1 };
    }
  }
  await expect(refuseStored({ ...store, list })).rejects.toMatchObject({
    code: "unavailable",
    message: `The database is new, but files are stored, ${keys[0]} among them: nothing was deleted. Put back the database that belongs to them, or move them away to begin anew.`,
  });
  expect(looked).toBe(1);
});
