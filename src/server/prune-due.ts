// What is due, one thing after the other, with the reason of each: removed, or only told. The steps of the server's
// own pruner do the same in bulk; each thing goes by the same compare-and-set, so both may run at once.
import { formatDateTime } from "../base/date-time.js";
import type { Clock } from "../base/clock.js";
import { blobs } from "../db/blobs.js";
import type { Db } from "../db/db.js";
import { events } from "../db/events.js";
import { answers } from "../db/idempotency.js";
import { resources } from "../db/resources.js";
import { tombstones } from "../db/tombstones.js";
import { uploads } from "../db/uploads.js";
import { expireDraft } from "../resource/expire-drafts.js";
import type { Store } from "../store/store.js";
import { expireUploads } from "../upload/let-go.js";
import { deleteBytes, forgetTombstones } from "../upload/prune.js";
import { rememberMs } from "../upload/uploads.js";

export interface PruneDueOptions {
  readonly db: Db;
  readonly store: Store;
  readonly clock: Clock;
  /** How long the event log keeps what happened. */
  readonly eventsMs: number;
  /** How long bytes outlive their row, for readers of signed URLs. */
  readonly graceMs: number;
  readonly dryRun: boolean;
  /** Before each thing; ends it when false. */
  readonly goOn: () => Promise<boolean>;
}

export interface Pruned {
  readonly kind: "draft" | "upload" | "blob" | "bytes" | "answers" | "upload-rows" | "events";
  /** Of the thing; left out where many go at once. */
  readonly id?: string;
  readonly count: number;
  readonly reason: string;
  /** False in a dry run, and where somebody was faster or the store failed. */
  readonly done: boolean;
}

/** In the order in which one leaves work to the next. */
export async function* pruneDue(options: PruneDueOptions): AsyncGenerator<Pruned> {
  for (const kind of single(options)) yield* oneByOne(options, kind);
  for (const kind of bulk(options)) yield* atOnce(options, kind);
}

const pageSize = 50;
const stepMax = 200;
/** Rows that neither a resource nor an upload has, and that no request can still be about to use. */
const looseMs = 60 * 60 * 1000;

interface Due {
  readonly id: string;
  readonly reason: string;
  /** False when somebody was faster. */
  remove(): Promise<boolean>;
}

interface SingleKind {
  readonly kind: Pruned["kind"];
  page(offset: number): Promise<Due[]>;
}

async function* oneByOne(
  { dryRun, goOn }: PruneDueOptions,
  { kind, page }: SingleKind,
): AsyncGenerator<Pruned> {
  let offset = 0; // those that stay where they are
  for (;;) {
    const due = await page(offset);
    for (const { id, reason, remove } of due) {
      if (!(await goOn())) return;
      const done = !dryRun && (await remove());
      if (!done) offset++;
      yield { kind, id, count: 1, reason, done };
    }
    if (due.length < pageSize) return;
  }
}

function single({ db, store, clock, graceMs }: PruneDueOptions): SingleKind[] {
  const nowMs = clock.now();
  const at = { nowMs, limit: pageSize };
  return [
    {
      kind: "draft",
      page: async (offset) =>
        (await resources.expired(db, { ...at, offset })).map((row) => ({
          id: `${row.collection}/${encodeURIComponent(row.id)}`,
          reason: `was not completed until ${formatDateTime(row.expiresAt ?? nowMs)}`,
          remove: () => expireDraft({ db, clock }, row),
        })),
    },
    {
      kind: "upload",
      page: async (offset) =>
        (await uploads.overdue(db, { ...at, offset })).map((id) => ({
          id,
          reason: "was not used in its time",
          remove: () =>
            db.transaction(
              async (sql) => (await expireUploads(sql, { ids: [id], nowMs: clock.now() })) === 1,
            ),
        })),
    },
    looseBlobs(db, clock),
    {
      kind: "bytes",
      page: async (offset) =>
        (
          await tombstones.oldest(db, { untilMs: clock.now() - graceMs, limit: pageSize, offset })
        ).map(({ key, session }) => ({
          id: key,
          reason: "their row is gone",
          remove: async () => {
            const isGone = await deleteBytes(store, { key, session }).then(
              () => true,
              () => false,
            );
            if (isGone) await db.transaction((sql) => forgetTombstones(sql, [key], clock.now()));
            return isGone;
          },
        })),
    },
  ];
}

function looseBlobs(db: Db, clock: Clock): SingleKind {
  let after = "";
  const beforeMs = clock.now() - looseMs;
  return {
    kind: "blob",
    async page() {
      const rows = await blobs.loose(db, { beforeMs, after, limit: pageSize });
      after = rows.at(-1)?.reference.id ?? after;
      return rows.map(({ reference: { id } }) => ({
        id,
        reason: "neither a resource nor an upload has it",
        remove: async () => {
          await db.transaction((sql) => blobs.delete(sql, { ids: [id], nowMs: clock.now() }));
          return true;
        },
      }));
    },
  };
}

interface BulkKind {
  readonly kind: Pruned["kind"];
  readonly reason: string;
  count(): Promise<number>;
  /** At most `stepMax`; resolves to how many. */
  step(): Promise<number>;
}

async function* atOnce(
  { dryRun, goOn }: PruneDueOptions,
  { kind, reason, count, step }: BulkKind,
): AsyncGenerator<Pruned> {
  if (dryRun) {
    const total = await count();
    if (total > 0) yield { kind, count: total, reason, done: false };
    return;
  }
  let total = 0;
  for (let gone = stepMax; gone === stepMax && (await goOn()); total += gone) gone = await step();
  if (total > 0) yield { kind, count: total, reason, done: true };
}

function bulk({ db, clock, eventsMs }: PruneDueOptions): BulkKind[] {
  const nowMs = clock.now();
  const limit = stepMax;
  const untilMs = nowMs - rememberMs;
  const beforeMs = nowMs - eventsMs;
  return [
    {
      kind: "answers",
      reason: "their Idempotency-Key is over",
      count: () => answers.countOver(db, nowMs),
      step: () => db.transaction((sql) => answers.prune(sql, { nowMs, limit })),
    },
    {
      kind: "upload-rows",
      reason: "ended more than a day ago",
      count: () => uploads.countForgettable(db, untilMs),
      step: () => db.transaction((sql) => uploads.forget(sql, { untilMs, limit })),
    },
    {
      kind: "events",
      reason: `older than ${eventsMs} ms`,
      count: () => events.countBefore(db, beforeMs),
      step: () => db.transaction((sql) => events.prune(sql, { beforeMs, limit })),
    },
  ];
}
