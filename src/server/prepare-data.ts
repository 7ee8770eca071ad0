// What is done with the data of a server before it serves.
import { randomUUID } from "node:crypto";
import { hostname } from "node:os";
import { alterBeside } from "../db/alter-tables.js";
import { indexProperties } from "../db/property-index.js";
import { uploads } from "../db/uploads.js";
import type { Plan } from "../plan/plan.js";
import { sweepOrphans } from "../upload/prune.js";
import type { Data } from "./open-data.js";

/** Indexes, and what a crash has left. */
export async function prepareData(
  { db, store, isAlone = false }: Data,
  plan: Plan,
  beforeMs: number,
): Promise<void> {
  // Without an index each list that filters would read its whole collection.
  await alterBeside(db, (sql) => indexProperties(sql, plan.filterNames()));
  // Where others may be writing, what looks left behind may be theirs: leases end by themselves, `reconcile` finds strays.
  if (!isAlone) return;
  await uploads.endLeases(db);
  await store.sweep();
  await sweepOrphans({ db, store, beforeMs });
}

/** The folder's one process comes again under its name, and takes over from itself; others have each their own. */
export function holderOf({ isAlone }: Data): string {
  return isAlone ? `server ${hostname()}` : `server ${hostname()} ${randomUUID()}`;
}
