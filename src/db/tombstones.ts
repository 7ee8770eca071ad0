// Rows of the table `tombstone`: keys whose bytes are to be deleted, since no row names them any more.
import type { Sql } from "./db.js";

export const tombstones = {
  /** In the transaction that deletes the blob's row. */
  async insert(sql: Sql, { key, nowMs }: { key: string; nowMs: number }): Promise<void> {
    await sql.run(
      "INSERT INTO tombstone (key, created_at) VALUES ($1, $2) ON CONFLICT (key) DO NOTHING",
      [key, nowMs],
    );
  },

  /** Keys of tombstones no younger than `untilMs`, the oldest first, after those at `offset`. */
  async oldest(
    sql: Sql,
    { untilMs, limit, offset = 0 }: { untilMs: number; limit: number; offset?: number },
  ): Promise<string[]> {
    const rows = await sql.all<{ key: string }>(
      `SELECT key FROM tombstone WHERE created_at <= $1
      ORDER BY created_at, key LIMIT $2 OFFSET $3`,
      [untilMs, limit, offset],
    );
    return rows.map(({ key }) => key);
  },

  /** Only once the bytes are gone. */
  async delete(sql: Sql, key: string): Promise<void> {
    await sql.run("DELETE FROM tombstone WHERE key = $1", [key]);
  },
};
