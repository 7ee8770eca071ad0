// Bytes that were put aside since no row named them. They are deleted only after a long time, and never without
// asking the rows again: a database that is put back may name them all.
import { WaybillError } from "../base/fault.js";
import type { Clock } from "../base/clock.js";
import type { Db } from "../db/db.js";
import type { Quarantine, Store } from "../store/store.js";
import { strangersAmong } from "./strangers.js";

/** Long enough to see that the database is not the right one, and to put back the one that is. */
const keepMs = 30 * 24 * 60 * 60 * 1000;
const lookEveryMs = 60 * 60 * 1000;
const stepMax = 50;

export interface QuarantinedOptions {
  readonly db: Db;
  readonly store: Store;
}

export interface Purged {
  readonly key: string;
  readonly sinceMs: number;
  /** Restored when a row names it by now. */
  readonly action: "deleted" | "restored";
}

/** Rejects with `not-implemented` where the store has none. */
export function quarantineOf({ quarantine }: Store): Quarantine {
  if (quarantine) return quarantine;
  throw new WaybillError({ code: "not-implemented", detail: "The store has no quarantine." });
}

/** Brings back what a row names by now; resolves to how many. */
export async function restoreKnown({ db, store }: QuarantinedOptions): Promise<number> {
  const aside = [...(await quarantined(store)).keys()];
  const strangers = new Set(await strangersAmong(db, aside));
  let restored = 0;
  for (const key of aside)
    if (!strangers.has(key) && (await store.quarantine?.restore(key))) restored++;
  return restored;
}

/** What was put aside no later than `untilMs`: deleted for good, or brought back. */
export async function* purgeQuarantine({
  db,
  store,
  untilMs,
}: QuarantinedOptions & { readonly untilMs: number }): AsyncGenerator<Purged> {
  for (const [key, sinceMs] of await quarantined(store)) {
    if (sinceMs > untilMs) continue;
    const isStranger = (await strangersAmong(db, [key])).length > 0;
    if (isStranger) await quarantineOf(store).delete(key);
    else if (!(await quarantineOf(store).restore(key))) continue;
    yield { key, sinceMs, action: isStranger ? "deleted" : "restored" };
  }
}

/** As a step of the pruner: what has been aside for 30 days, a few at a time. Looks once an hour. */
export function createPurgeStep({
  db,
  store,
  clock,
}: QuarantinedOptions & { readonly clock: Clock }): () => Promise<boolean> {
  let dueMs = 0;
  return async () => {
    const nowMs = clock.now();
    if (nowMs < dueMs) return false;
    let count = 0;
    for await (const _ of purgeQuarantine({ db, store, untilMs: nowMs - keepMs }))
      if (++count === stepMax) return true;
    dueMs = nowMs + lookEveryMs;
    return false;
  };
}

/** Since when each has been there, by key. */
export async function quarantined({ quarantine }: Store): Promise<Map<string, number>> {
  const found = new Map<string, number>();
  for await (const { key, sinceMs } of quarantine?.list() ?? []) found.set(key, sinceMs);
  return found;
}
