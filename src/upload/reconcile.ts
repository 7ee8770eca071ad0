// Rows and bytes held against each other: bytes that no row names, rows whose bytes are gone. Says, and where it is
// told to, puts bytes aside; it deletes nothing but what has been aside for long, and never touches a row.
import { formatDateTime } from "../base/date-time.js";
import { uuidTime } from "../base/id.js";
import { WaybillError } from "../base/fault.js";
import type { Clock } from "../base/clock.js";
import { blobs } from "../db/blobs.js";
import type { Db } from "../db/db.js";
import { hasBlob } from "../store/has-blob.js";
import type { Store } from "../store/store.js";
import { quarantined, quarantineOf } from "./quarantined.js";
import { strangersAmong } from "./strangers.js";

export interface ReconcileOptions {
  readonly db: Db;
  readonly store: Store;
  readonly clock: Clock;
  /** Younger bytes may get their row yet. */
  readonly minAgeMs: number;
  /** Of all that are stored, or of all rows: more are no leavings, but a disk or a database that is not the right one. */
  readonly percentMax: number;
  readonly progress: (checked: number) => void;
  readonly signal: AbortSignal;
}

export interface Finding {
  readonly kind: "bytes-without-row" | "row-without-bytes";
  /** Of the bytes. */
  readonly key: string;
  /** Of the row. */
  readonly blob?: string;
  readonly size: number;
  readonly reason: string;
}

const pageSize = 200;

/**
 * Changes nothing. Rejects with `conflict` for an empty store, and when the findings are too many; with `unavailable`
 * when the signal is aborted.
 */
export async function findStrays(options: ReconcileOptions): Promise<Finding[]> {
  const { strays, stored } = await bytesWithoutRow(options);
  const { lost, rows } = await rowsWithoutBytes(options);
  if (stored === 0 && rows > 0)
    throw refused(`The store is empty, but ${rows} rows name bytes: is its disk there?`);
  refuseMany(options, strays.length, stored, "stored files have no row: is it their database?");
  refuseMany(options, lost.length, rows, "rows have no bytes: is it their disk?");
  return [...strays, ...lost];
}

/** Puts aside what has no row, having looked once more. Resolves to whether it did. */
export async function putAside(
  { db, store }: Pick<ReconcileOptions, "db" | "store">,
  key: string,
): Promise<boolean> {
  if ((await strangersAmong(db, [key])).length === 0) return false;
  return quarantineOf(store).put(key);
}

async function bytesWithoutRow(
  options: ReconcileOptions,
): Promise<{ strays: Finding[]; stored: number }> {
  const { db, store, clock, minAgeMs, progress, signal } = options;
  const beforeMs = clock.now() - minAgeMs;
  const strays: Finding[] = [];
  let stored = 0;
  let page = new Map<string, number>();
  const sift = async (): Promise<void> => {
    for (const key of await strangersAmong(db, [...page.keys()])) {
      if (!(await hasBlob(store, key))) continue; // it went in between
      const since = formatDateTime(uuidTime(key));
      const reason = `stored ${since}, and neither a file, an upload nor a deletion names it`;
      strays.push({ kind: "bytes-without-row", key, size: page.get(key) ?? 0, reason });
    }
    page = new Map();
    goOn(signal);
    progress(stored);
  };
  // The bytes first, then their rows: what is made or deleted meanwhile is never a finding.
  for await (const { key, size } of store.list()) {
    stored++;
    if (uuidTime(key) < beforeMs) page.set(key, size);
    if (page.size === pageSize) await sift();
  }
  await sift();
  return { strays, stored };
}

async function rowsWithoutBytes({
  db,
  store,
  progress,
  signal,
}: ReconcileOptions): Promise<{ lost: Finding[]; rows: number }> {
  const aside = await quarantined(store);
  const lost: Finding[] = [];
  let rows = 0;
  for (let after = ""; ;) {
    const page = await blobs.page(db, { after, limit: pageSize });
    for (const { reference, key } of page) {
      if (await hasBlob(store, key)) continue;
      // Deleted since the page was read?
      if (!(await blobs.get(db, reference.id))) continue;
      const { id: blob, size } = reference;
      const reason = aside.has(key)
        ? "the row is there, its bytes are in quarantine: bring them back with --undo"
        : "the row is there, its bytes are not: bring them back from a backup";
      lost.push({ kind: "row-without-bytes", key, blob, size, reason });
    }
    rows += page.length;
    goOn(signal);
    progress(rows);
    if (page.length < pageSize) return { lost, rows };
    after = page.at(-1)?.reference.id ?? after;
  }
}

function refuseMany(
  { percentMax }: ReconcileOptions,
  found: number,
  all: number,
  what: string,
): void {
  if (found * 100 <= all * percentMax) return;
  throw refused(`${found} of ${all} ${what} Allow more with --max-percent.`);
}

function goOn(signal: AbortSignal): void {
  if (!signal.aborted) return;
  throw new WaybillError({ code: "unavailable", detail: "Interrupted. Nothing was changed." });
}

function refused(detail: string): WaybillError {
  return new WaybillError({ code: "conflict", detail: `${detail} Nothing was changed.` });
}
