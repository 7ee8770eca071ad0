// Rows of the tables `webhook` and `webhook_type`: who is told of which events. They are in the database so that
// every process that writes an event queues its deliveries with it.
import type { EventType } from "../base/event-type.js";
import type { Sql } from "./db.js";

export interface WebhookRow {
  readonly id: string;
  /** Of its URL, for people. */
  readonly origin: string;
  readonly types: readonly EventType[];
}

export const webhooks = {
  /** From now on these and no others. One that was disabled stays so, unless it was left out meanwhile. */
  async set(sql: Sql, list: readonly WebhookRow[], nowMs: number): Promise<void> {
    const known = await sql.all<{ id: string; disabled_at: number | null }>(
      "SELECT id, disabled_at FROM webhook",
    );
    for (const { id } of known) {
      await sql.run("DELETE FROM webhook_type WHERE webhook_id = $1", [id]);
      if (!list.some((each) => each.id === id))
        await sql.run("DELETE FROM webhook WHERE id = $1", [id]);
    }
    const disabled = new Set(known.flatMap((each) => (each.disabled_at === null ? [] : [each.id])));
    for (const { id, origin, types } of list) {
      await sql.run(
        "INSERT INTO webhook (id, origin, created_at) VALUES ($1, $2, $3) ON CONFLICT (id) DO NOTHING",
        [id, origin, nowMs],
      );
      if (disabled.has(id)) continue;
      for (const type of types)
        await sql.run("INSERT INTO webhook_type (type, webhook_id) VALUES ($1, $2)", [type, id]);
    }
  },

  /** It is told of nothing more. False when it is disabled already. */
  async disable(sql: Sql, { id, nowMs }: { id: string; nowMs: number }): Promise<boolean> {
    await sql.run("DELETE FROM webhook_type WHERE webhook_id = $1", [id]);
    const changed = await sql.run(
      "UPDATE webhook SET disabled_at = $2 WHERE id = $1 AND disabled_at IS NULL",
      [id, nowMs],
    );
    return changed === 1;
  },

  async isEnabled(sql: Sql, id: string): Promise<boolean> {
    const row = await sql.get(
      "SELECT 1 AS one FROM webhook WHERE id = $1 AND disabled_at IS NULL",
      [id],
    );
    return row !== undefined;
  },
};
