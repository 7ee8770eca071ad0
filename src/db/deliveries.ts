// Rows of the table `delivery`: which webhook is still to be told of which event. Each is queued in the transaction
// of its event, and taken by compare-and-set: one at a time tries it, whoever else looks.
import { eventColumns, eventRow, type EventRow, type StoredEvent } from "./event-row.js";
import type { EventType } from "../base/event-type.js";
import type { Sql } from "./db.js";

export interface Delivery {
  readonly webhookId: string;
  /** This one too; whoever writes what became of it must still be the last who tried. */
  readonly attempts: number;
  readonly createdAt: number;
  readonly event: EventRow;
}

export interface DeliveryState {
  readonly webhookId: string;
  /** Of the webhook; null when it is not configured any more. */
  readonly origin: string | null;
  readonly state: "waiting" | "delivered" | "dead";
  readonly attempts: number;
  readonly nextAt: number;
  readonly endedAt: number | null;
  /** What the last attempt failed with. */
  readonly error: string | null;
}

export interface DeliveryOutcome {
  readonly delivery: Delivery;
  readonly state: DeliveryState["state"];
  /** When it is tried next; meant for `waiting`. */
  readonly nextAt: number;
  readonly error?: string | undefined;
  readonly nowMs: number;
}

export const deliveries = {
  /** For each webhook that is told of their type. */
  async enqueue(
    sql: Sql,
    list: readonly { readonly id: string; readonly type: EventType }[],
    nowMs: number,
  ): Promise<void> {
    for (const type of new Set(list.map((each) => each.type))) {
      const ids = list.flatMap((each) => (each.type === type ? [each.id] : []));
      const rows = await sql.all<{ webhook_id: string }>(
        "SELECT webhook_id FROM webhook_type WHERE type = $1",
        [type],
      );
      for (const { webhook_id: webhookId } of rows)
        for (const id of ids)
          await sql.run(
            `INSERT INTO delivery (event_id, webhook_id, state, attempts, next_at, created_at)
            VALUES ($1, $2, 'waiting', 0, $3, $3)`,
            [id, webhookId, nowMs],
          );
    }
  },

  /**
   * The same as one statement, from a table that has `id` and `type` of the new events: the event log is not read, since others
   * insert next to them. `nowMs` is its parameter, e.g. `$9`.
   */
  enqueueFrom: (table: string, nowMs: string) =>
    `INSERT INTO delivery (event_id, webhook_id, state, attempts, next_at, created_at)
    SELECT e.id, w.webhook_id, 'waiting', 0, CAST(${nowMs} AS BIGINT), CAST(${nowMs} AS BIGINT)
    FROM ${table} AS e JOIN webhook_type AS w ON w.type = e.type`,

  async isDue(
    sql: Sql,
    { webhookId, nowMs }: { webhookId: string; nowMs: number },
  ): Promise<boolean> {
    const row = await sql.get(
      `SELECT 1 AS one FROM delivery
      WHERE webhook_id = $1 AND state = 'waiting' AND next_at <= $2 LIMIT 1`,
      [webhookId, nowMs],
    );
    return row !== undefined;
  },

  /** Some that are due, the longest waiting first, which are the caller's until `untilMs`. Within a transaction. */
  async take(
    sql: Sql,
    {
      webhookId,
      nowMs,
      untilMs,
      limit,
    }: {
      webhookId: string;
      nowMs: number;
      untilMs: number;
      limit: number;
    },
  ): Promise<Delivery[]> {
    const due = await sql.all<StoredDelivery>(
      `SELECT d.attempts, d.next_at, d.created_at AS queued_at, ${eventColumns}
      FROM delivery AS d JOIN event AS e ON e.id = d.event_id
      WHERE d.webhook_id = $1 AND d.state = 'waiting' AND d.next_at <= $2
      ORDER BY d.next_at LIMIT $3`,
      [webhookId, nowMs, limit],
    );
    const taken: Delivery[] = [];
    for (const row of due) {
      const changed = await sql.run(
        `UPDATE delivery SET attempts = attempts + 1, next_at = $4
        WHERE event_id = $1 AND webhook_id = $2 AND state = 'waiting' AND next_at = $3`,
        [row.id, webhookId, row.next_at, untilMs],
      );
      const attempts = Number(row.attempts) + 1;
      const createdAt = Number(row.queued_at);
      if (changed === 1) taken.push({ webhookId, attempts, createdAt, event: eventRow(row) });
    }
    return taken;
  },

  /** What became of the attempt. False when somebody has tried since. */
  async settle(
    sql: Sql,
    { delivery, state, nextAt, error, nowMs }: DeliveryOutcome,
  ): Promise<boolean> {
    const { event, webhookId, attempts } = delivery;
    const changed = await sql.run(
      `UPDATE delivery SET state = $4, next_at = $5, error = $6, ended_at = $7
      WHERE event_id = $1 AND webhook_id = $2 AND attempts = $3 AND state = 'waiting'`,
      [
        event.id,
        webhookId,
        attempts,
        state,
        nextAt,
        error ?? null,
        state === "waiting" ? null : nowMs,
      ],
    );
    return changed === 1;
  },

  /** Gives up some whose webhook is told of nothing any more; resolves to how many. */
  abandon(sql: Sql, { nowMs, limit }: { nowMs: number; limit: number }): Promise<number> {
    return sql.run(
      `UPDATE delivery SET state = 'dead', ended_at = $1, error = 'The webhook is there no longer.'
      WHERE state = 'waiting' AND (event_id, webhook_id) IN (
        SELECT event_id, webhook_id FROM delivery AS d WHERE d.state = 'waiting'
        AND NOT EXISTS (SELECT 1 FROM webhook_type WHERE webhook_id = d.webhook_id) LIMIT $2)`,
      [nowMs, limit],
    );
  },

  /** Who is, was, or was not told of this event. */
  async ofEvent(sql: Sql, eventId: string): Promise<DeliveryState[]> {
    const rows = await sql.all<StoredState>(
      `SELECT d.webhook_id, d.state, d.attempts, d.next_at, d.ended_at, d.error, w.origin
      FROM delivery AS d LEFT JOIN webhook AS w ON w.id = d.webhook_id
      WHERE d.event_id = $1 ORDER BY d.webhook_id`,
      [eventId],
    );
    return rows.map((row) => ({
      webhookId: row.webhook_id,
      origin: row.origin,
      state: row.state,
      attempts: Number(row.attempts),
      nextAt: Number(row.next_at),
      endedAt: row.ended_at === null ? null : Number(row.ended_at),
      error: row.error,
    }));
  },
};

type StoredDelivery = StoredEvent & { attempts: number; next_at: number; queued_at: number };

type StoredState = {
  webhook_id: string;
  state: DeliveryState["state"];
  attempts: number;
  next_at: number;
  ended_at: number | null;
  error: string | null;
  origin: string | null;
};
