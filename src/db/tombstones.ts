// Rows of the table `tombstone`: keys whose bytes are to be deleted, since no row names them any more.
import { inList } from "./in-list.js";
import type { Sql } from "./db.js";

/** What the bytes were. */
export interface Buried {
  readonly blobId: string | null;
  readonly uploadId: string | null;
}

/** Bytes that are to be deleted. */
export interface Tombstone {
  readonly key: string;
  /** Of the storage, which is to be ended first: nothing more is to come of it. */
  readonly session: string | null;
}

export interface Burial extends Partial<Buried> {
  readonly key: string;
  readonly nowMs: number;
  readonly session?: string | null;
}

interface OldestOf {
  /** 0 unless told. */
  readonly sinceMs?: number;
  readonly untilMs: number;
  readonly limit: number;
  readonly offset?: number;
}

export const tombstones = {
  /** In the transaction that deletes the blob's row. */
  async insert(sql: Sql, { key, nowMs, blobId, uploadId, session }: Burial): Promise<void> {
    await sql.run(
      `INSERT INTO tombstone (key, created_at, blob_id, upload_id, session) VALUES ($1, $2, $3, $4, $5)
      ON CONFLICT (key) DO NOTHING`,
      [key, nowMs, blobId ?? null, uploadId ?? null, session ?? null],
    );
  },

  /** Of one that is there. */
  async keepSession(sql: Sql, { key, session }: { key: string; session: string }): Promise<void> {
    await sql.run("UPDATE tombstone SET session = $2 WHERE key = $1", [key, session]);
  },

  /** Those from `sinceMs` to `untilMs`, the oldest first, after those at `offset`. */
  async oldest(
    sql: Sql,
    { sinceMs = 0, untilMs, limit, offset = 0 }: OldestOf,
  ): Promise<Tombstone[]> {
    const rows = await sql.all<{ key: string; session: string | null }>(
      `SELECT key, session FROM tombstone WHERE created_at >= $1 AND created_at <= $2
      ORDER BY created_at, key LIMIT $3 OFFSET $4`,
      [sinceMs, untilMs, limit, offset],
    );
    return rows.map(({ key, session }) => ({ key, session }));
  },

  /** Whether bytes of this blob wait to be deleted. */
  async hasBlob(sql: Sql, blobId: string): Promise<boolean> {
    const row = await sql.get("SELECT 1 AS one FROM tombstone WHERE blob_id = $1 LIMIT 1", [
      blobId,
    ]);
    return row !== undefined;
  },

  /** Which of these keys have one. */
  async keysAmong(sql: Sql, keys: readonly string[]): Promise<Set<string>> {
    const found = new Set<string>();
    for (const { list, params } of inList(keys)) {
      const rows = await sql.all<{ key: string }>(
        `SELECT key FROM tombstone WHERE key IN (${list})`,
        params,
      );
      for (const { key } of rows) found.add(key);
    }
    return found;
  },

  /** Only once the bytes are gone. Without those that somebody else has deleted. */
  async delete(sql: Sql, keys: readonly string[]): Promise<Buried[]> {
    const found: Buried[] = [];
    for (const { list, params } of inList(keys)) {
      const rows = await sql.all<{ blob_id: string | null; upload_id: string | null }>(
        `DELETE FROM tombstone WHERE key IN (${list}) RETURNING blob_id, upload_id`,
        params,
      );
      found.push(...rows.map((row) => ({ blobId: row.blob_id, uploadId: row.upload_id })));
    }
    return found;
  },
};
