// Bytes that nobody needs any more: those whose rows are gone, and those that never had one. The rows
// decide, the bytes follow; every step may be cut off and done again.
import { uuidTime } from "../base/id.js";
import { WaybillError } from "../base/fault.js";
import { events, type NewEvent } from "../db/events.js";
import { tombstones, type Tombstone } from "../db/tombstones.js";
import type { Clock } from "../base/clock.js";
import type { Db, Sql } from "../db/db.js";
import type { Store } from "../store/store.js";
import { restoreKnown } from "./quarantined.js";
import { strangersAmong } from "./strangers.js";

const pageSize = 100;
const atOnce = 8;
/** Longer than from a tombstone to the end of its transaction; what takes longer is the pruner's. */
const youngMs = 5000;
/** A crash leaves no more: the files of requests that were under way, closed but not committed. */
const crashOrphansMax = 50;
/** No request takes longer. */
const abandonedMs = 24 * 60 * 60 * 1000;
const abandonedEveryMs = 60 * 60 * 1000;

export interface Pruned {
  readonly deleted: number;
  /** Whose bytes the store did not delete; they are tried again next time. */
  readonly failed: number;
}

export interface ReapOptions {
  readonly db: Db;
  readonly store: Store;
  readonly clock: Clock;
  /** How long bytes outlive their row, for readers of signed URLs. 0 unless told. */
  readonly graceMs?: number;
}

/**
 * Deletes the bytes of tombstones, and each tombstone once its bytes are gone for good. As a step of the pruner: one page
 * at a time, each but once in a round.
 */
export function createReapStep(options: ReapOptions): () => Promise<boolean> {
  let offset = 0; // after those that the store did not delete
  return async () => {
    const { deleted, failed } = await reapPage(options, { offset });
    const isMore = deleted + failed === pageSize;
    offset = isMore ? offset + failed : 0;
    return isMore;
  };
}

/** After a request: what it has left itself, and no older ones, however many they are. */
export async function reapYoung(options: ReapOptions): Promise<Pruned> {
  return reapPage(options, { sinceMs: options.clock.now() - youngMs });
}

async function reapPage(
  { db, store, clock, graceMs = 0 }: ReapOptions,
  from: { readonly sinceMs?: number; readonly offset?: number },
): Promise<Pruned> {
  const untilMs = clock.now() - graceMs;
  const due = await tombstones.oldest(db, { untilMs, limit: pageSize, ...from });
  if (due.length === 0) return { deleted: 0, failed: 0 };
  const gone = await eachOf(due, (each) => deleteBytes(store, each));
  const keys = gone.map(({ key }) => key);
  await db.transaction((sql) => forgetTombstones(sql, keys, clock.now()));
  return { deleted: gone.length, failed: due.length - gone.length };
}

/** Whatever the storage keeps under the key; of a client's own sending, what is to come of it as well. */
export async function deleteBytes(store: Store, { key, session }: Tombstone): Promise<void> {
  if (session !== null) await store.signed?.abort(key, session);
  await store.delete(key);
}

/** Their bytes are gone: tells of those that nobody has told of yet. */
export async function forgetTombstones(
  sql: Sql,
  keys: readonly string[],
  nowMs: number,
): Promise<void> {
  const buried = await tombstones.delete(sql, keys);
  const deleted = buried.map((each): NewEvent => ({ type: "blob.deleted", ...each }));
  await events.insert(sql, deleted, nowMs);
}

export interface SweepOrphansOptions {
  readonly db: Db;
  readonly store: Store;
  /** Only keys from before this time: younger ones may get their row yet. */
  readonly beforeMs: number;
}

export interface Swept {
  /** Blobs that were put into quarantine. */
  readonly aside: number;
  /** Blobs that were in quarantine, and that a row names by now. */
  readonly restored: number;
  /** Whose bytes the store did not move or delete. */
  readonly failed: number;
}

/**
 * Puts bytes without a row into quarantine, and leaves them where the store has none; deletes unfinished ones. Rejects
 * with `unavailable`, and touches nothing, when they are most of the store and more than a crash leaves: then it is the
 * rows that are missing.
 */
export async function sweepOrphans({ db, store, beforeMs }: SweepOrphansOptions): Promise<Swept> {
  // The database may be another one than at the last start.
  const restored = await restoreKnown({ db, store });
  const orphans: string[] = [];
  let total = 0;
  let page: string[] = [];
  const sift = async (): Promise<void> => {
    orphans.push(...(await strangersAmong(db, page)));
    page = [];
  };
  for await (const { key } of store.list()) {
    total++;
    if (uuidTime(key) < beforeMs) page.push(key);
    if (page.length === pageSize) await sift();
  }
  await sift();
  if (orphans.length > crashOrphansMax && orphans.length > total / 2)
    throw suspicious(orphans.length, total);
  // Only a row that is committed has a partial blob made, so that one without a row is always garbage.
  const halves = await partialOrphans({ db, store });
  const gone = await eachOf(halves, (key) => store.delete(key));
  const { quarantine } = store;
  if (!quarantine) return { aside: 0, restored, failed: halves.length - gone.length };
  const aside = await eachOf(orphans, (key) => quarantine.put(key));
  const failed = halves.length - gone.length + orphans.length - aside.length;
  return { aside: aside.length, restored, failed };
}

export interface AbandonedOptions extends Omit<SweepOrphansOptions, "beforeMs"> {
  readonly clock: Clock;
  /** How long an upload may take: what a client sends by itself is not left before that. Default 0. */
  readonly uploadsMs?: number;
}

/**
 * As a step of the pruner, beside others that write: what writers left that have ended long ago, and unfinished blobs
 * that no row has. Looks once an hour, since it asks the storage for all that is unfinished.
 */
export function createAbandonedStep({
  db,
  store,
  clock,
  uploadsMs = 0,
}: AbandonedOptions): () => Promise<boolean> {
  let dueMs = 0;
  return async () => {
    const nowMs = clock.now();
    if (nowMs < dueMs) return false;
    dueMs = nowMs + abandonedEveryMs;
    await sweepAbandoned({ db, store, beforeMs: nowMs - Math.max(abandonedMs, 2 * uploadsMs) });
    return false;
  };
}

/** Resolves to how many they were. */
export async function sweepAbandoned({
  db,
  store,
  beforeMs,
}: SweepOrphansOptions): Promise<number> {
  const swept = await (store.sweepAbandoned?.(beforeMs) ?? store.sweep());
  const halves = await partialOrphans({ db, store });
  const old = halves.filter((key) => uuidTime(key) < beforeMs);
  return swept + (await eachOf(old, (key) => store.delete(key))).length;
}

async function partialOrphans({ db, store }: Pick<ReapOptions, "db" | "store">): Promise<string[]> {
  const keys: string[] = [];
  for await (const key of store.partial?.list() ?? []) keys.push(key);
  return strangersAmong(db, keys);
}

/** Rejects with `unavailable` when anything is stored: for a database that has no rows yet. Looks at the first alone. */
export async function refuseStored(store: Store): Promise<void> {
  for await (const { key } of store.list()) throw strayed(key);
}

function strayed(key: string): WaybillError {
  const detail =
    `The database is new, but files are stored, ${key} among them: nothing was deleted. Put back the database ` +
    "that belongs to them, or move them away to begin anew.";
  return new WaybillError({ code: "unavailable", detail });
}

function suspicious(orphans: number, total: number): WaybillError {
  const detail =
    `Of ${total} stored files, the database knows only ${total - orphans}: nothing was deleted. Put ` +
    `back the database that belongs to them, or move the other ${orphans} away.`;
  return new WaybillError({ code: "unavailable", detail });
}

/** Resolves to those with which it could be done. */
async function eachOf<Item>(
  items: readonly Item[],
  work: (item: Item) => Promise<unknown>,
): Promise<Item[]> {
  const done: Item[] = [];
  for (let from = 0; from < items.length; from += atOnce) {
    const few = items.slice(from, from + atOnce);
    const settled = await Promise.allSettled(few.map(work));
    done.push(...few.filter((_, i) => settled[i]?.status === "fulfilled"));
  }
  return done;
}
