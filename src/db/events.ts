// Rows of the table `event`: what happened to uploads, files and resources, each written in the transaction of the
// change it tells of, so that there is no change without its event and no event without its change.
import { eventTypes, type EventType } from "../base/event-type.js";
import { createUuid } from "../base/id.js";
import { together } from "../base/together.js";
import type { Json } from "../base/json.js";
import { deliveries } from "./deliveries.js";
import { eventNames, eventRow, type EventRow, type StoredEvent } from "./event-row.js";
import type { Sql, SqlValue } from "./db.js";

/** What an event is about; what is left out does not matter to it. */
export interface EventSubject {
  readonly uploadId?: string | null | undefined;
  readonly blobId?: string | null | undefined;
  readonly resource?: { readonly collection: string; readonly id: string } | undefined;
  /** JSON Pointer of the file's property, e.g. `/pic`. */
  readonly property?: string | undefined;
}

export interface NewEvent extends EventSubject {
  readonly type: EventType;
  /** What else is to be known, e.g. `reason`. Never a token or a key of the store. */
  readonly data?: Readonly<Record<string, Json | undefined>>;
}

/** Rows that one statement inserts: each number of them is a text of its own to prepare. */
const insertMax = 16;

export const events = {
  /** Within the transaction of the change. In this order. */
  async insert(sql: Sql, list: readonly NewEvent[], nowMs: number): Promise<void> {
    const rows = list.map((event, i) => valuesOf(event, nowMs, i));
    const pieces: (readonly SqlValue[])[][] = [];
    for (let from = 0; from < rows.length; from += insertMax)
      pieces.push(rows.slice(from, from + insertMax));
    await together(pieces.map((piece) => insertPiece(sql, piece, nowMs)));
  },

  /** All about any of these subjects, the oldest first. */
  async about(sql: Sql, subject: EventSubject, limit: number): Promise<EventRow[]> {
    const { uploadId, blobId, resource } = subject;
    const found: EventRow[] = [];
    const find = async (where: string, params: readonly SqlValue[]): Promise<void> => {
      const rows = await sql.all<StoredEvent>(
        `SELECT ${columns} FROM event WHERE ${where} ORDER BY id DESC LIMIT ${Math.trunc(limit)}`,
        params,
      );
      found.push(...rows.map(eventRow));
    };
    if (uploadId) await find("upload_id = $1", [uploadId]);
    if (blobId) await find("blob_id = $1", [blobId]);
    if (resource)
      await find("collection = $1 AND resource_id = $2", [resource.collection, resource.id]);
    return [...new Map(found.map((row) => [row.id, row])).values()].toSorted((a, b) =>
      a.id < b.id ? -1 : 1,
    );
  },

  /** Those from before `beforeMs` that nobody waits to be told of, at most `limit`; resolves to how many went. */
  prune(sql: Sql, { beforeMs, limit }: { beforeMs: number; limit: number }): Promise<number> {
    return sql.run(
      `DELETE FROM event WHERE id IN (SELECT id FROM event AS e WHERE ${isOver} ORDER BY id LIMIT $2)`,
      [firstIdAt(beforeMs), limit],
    );
  },

  /** How many `prune` would delete without a limit. */
  async countBefore(sql: Sql, beforeMs: number): Promise<number> {
    const row = await sql.get(`SELECT COUNT(*) AS total FROM event AS e WHERE ${isOver}`, [
      firstIdAt(beforeMs),
    ]);
    return Number(row?.["total"]);
  },
};

/** And queues them for webhooks: where each statement is a way to the server and back, within the same one. */
async function insertPiece(
  sql: Sql,
  rows: readonly (readonly SqlValue[])[],
  nowMs: number,
): Promise<void> {
  const params = rows.flat();
  const text = `INSERT INTO event (${columns}) VALUES ${placesOf(rows.length)}`;
  if (sql.dialect === "postgres") {
    const queue = deliveries.enqueueFrom("told", `$${params.length + 1}`);
    await sql.run(`WITH told AS (${text} RETURNING id, type) ${queue}`, [...params, nowMs]);
    return;
  }
  // SQLite has no INSERT within WITH.
  await sql.run(text, params);
  // The first two of `eventNames`.
  const told = rows.map(([id, type]) => ({ id: String(id), type: String(type) as EventType }));
  await deliveries.enqueue(sql, told, nowMs);
}

/** Not an id, but before all of this time and behind all of earlier ones: ids are in the order of time. */
function firstIdAt(ms: number): string {
  return createUuid(Math.max(0, ms)).slice(0, "00000000-0000".length);
}

// Nobody waits to be told of it.
const isOver =
  "id < $1 AND NOT EXISTS (SELECT 1 FROM delivery WHERE event_id = e.id AND state = 'waiting')";

const columns = eventNames.join(", ");

function placesOf(rows: number): string {
  const width = eventNames.length;
  return Array.from({ length: rows }, (_, row) => {
    const places = eventNames.map((_name, i) => `$${row * width + i + 1}`);
    return `(${places.join(", ")})`;
  }).join(", ");
}

function valuesOf(event: NewEvent, nowMs: number, index: number): SqlValue[] {
  const { type, uploadId, blobId, resource, property, data = {} } = event;
  return [
    eventId(type, nowMs, index),
    type,
    nowMs,
    uploadId ?? null,
    blobId ?? null,
    resource?.collection ?? null,
    resource?.id ?? null,
    property ?? null,
    JSON.stringify(data),
  ];
}

// The twelve bits after the version keep those of one moment in order (RFC 9562 §6.2, method 1), without a counter
// that all who write would have to share.
function eventId(type: EventType, nowMs: number, index: number): string {
  const uuid = createUuid(nowMs);
  const rank = (eventTypes.indexOf(type) << 8) + Math.min(index, 0xff);
  return `${uuid.slice(0, 15)}${rank.toString(16).padStart(3, "0")}${uuid.slice(18)}`;
}
