// What must be true of rows and bytes once all servers have ended and all that is due has been done, looked at
// directly: no row without bytes, no bytes without a row, nothing left unfinished, and events that agree.
import type { Db } from "../../src/db/db.js";
import { pruneDue } from "../../src/server/prune-due.js";
import { hasBlob } from "../../src/store/has-blob.js";
import type { Store } from "../../src/store/store.js";
import { sweepAbandoned } from "../../src/upload/prune.js";
import { findStrays, putAside } from "../../src/upload/reconcile.js";

export interface ClusterTruth {
  /** Rows whose bytes are not there. */
  dangling: number;
  /** Bytes that no row names, and that `reconcile` did not find. */
  stray: number;
  /** Of requests that died with their node between bytes and row: `reconcile` put them aside. */
  aside: number;
  /** What dead writers left unfinished, and the pruner swept. */
  swept: number;
  readonly faults: string[];
}

const goOn = async (): Promise<boolean> => true;
const progress = (): void => undefined;
const dayMs = 24 * 60 * 60 * 1000;

export async function lookAtCluster(db: Db, store: Store): Promise<ClusterTruth> {
  // Tomorrow, when everything that waits has waited long enough.
  const clock = { now: () => Date.now() + dayMs };
  const graceMs = store.graceMs ?? 0;
  const prune = async (): Promise<void> => {
    const due = { db, store, clock, graceMs, dryRun: false, goOn, eventsMs: 100 * dayMs };
    for await (const { kind, id, done } of pruneDue(due))
      if (!done) faults.push(`${kind} ${id} was not pruned.`);
  };
  const faults: string[] = [];
  await prune();
  const beforeMs = clock.now();
  const swept = await sweepAbandoned({ db, store, beforeMs });
  const { signal } = new AbortController();
  const options = { db, store, clock, minAgeMs: 0, percentMax: 100, progress, signal };
  const found = await findStrays(options);
  let aside = 0;
  for (const { kind, key } of found)
    if (kind === "bytes-without-row" && (await putAside({ db, store }, key))) aside++;
  const left = await findStrays(options);
  const count = async (text: string): Promise<number> =>
    Number((await db.get(`SELECT COUNT(*) AS n FROM ${text}`))?.["n"]);
  if ((await sweepAbandoned({ db, store, beforeMs })) > 0)
    faults.push("Something is left unfinished.");
  for await (const key of store.partial?.list() ?? []) faults.push(`${key} is left half.`);
  for (const [what, text] of checks) {
    const wrong = await count(text);
    if (wrong > 0) faults.push(`${wrong} ${what}.`);
  }
  const rows = await db.all<{ key: string }>("SELECT key FROM blob WHERE url IS NULL");
  for (const { key } of rows) if (!(await hasBlob(store, key))) faults.push(`${key} has no bytes.`);
  return {
    dangling: left.filter(({ kind }) => kind === "row-without-bytes").length,
    stray: left.filter(({ kind }) => kind === "bytes-without-row").length,
    aside,
    swept,
    faults,
  };
}

/** None of these may be there. */
const checks: readonly (readonly [what: string, text: string])[] = [
  ["tombstones are left", "tombstone"],
  [
    "uploads have not come to an end",
    "upload WHERE state NOT IN ('attached', 'expired', 'aborted', 'rejected')",
  ],
  [
    "files are nobody's",
    "blob AS b WHERE NOT EXISTS (SELECT 1 FROM attachment WHERE blob_id = b.id)",
  ],
  [
    "files are attached without an event",
    "attachment AS a WHERE NOT EXISTS (SELECT 1 FROM event AS e WHERE e.blob_id = a.blob_id AND e.type IN ('file.attached', 'file.replaced'))",
  ],
  [
    "files are gone by their events, and are there",
    "blob AS b WHERE EXISTS (SELECT 1 FROM event AS e WHERE e.blob_id = b.id AND e.type = 'blob.deleted')",
  ],
  [
    "uploads were attached twice by their events",
    "(SELECT upload_id FROM event WHERE type = 'upload.attached' GROUP BY upload_id HAVING COUNT(*) > 1) AS twice",
  ],
  ["deliveries are queued for nobody", "delivery"],
];
