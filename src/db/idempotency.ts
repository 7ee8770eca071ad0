// Rows of the table `idempotency`: what was answered to a request that has a key, so that its retry is answered the same.
import type { Sql } from "./db.js";

export interface AnswerName {
  /** As the client chose it. */
  readonly key: string;
  /** Who asked; null for nobody in particular. */
  readonly principal: string | null;
  /** What was asked for: method and path. */
  readonly operation: string;
}

export interface AnswerRow extends AnswerName {
  /** Of the request, to tell a retry from another request. */
  readonly digest: string;
  readonly status: number;
  readonly headers: Readonly<Record<string, string | readonly string[]>>;
  /** Null where there was none. */
  readonly body: string | null;
  readonly createdAt: number;
  readonly expiresAt: number;
}

export const answers = {
  /** Undefined where there is none, or none any more. */
  async get(sql: Sql, name: AnswerName, nowMs: number): Promise<AnswerRow | undefined> {
    const row = await sql.get<StoredAnswer>(
      `SELECT digest, status, headers, body, created_at, expires_at FROM idempotency
      WHERE principal = $1 AND operation = $2 AND key = $3 AND expires_at > $4`,
      [...nameOf(name), nowMs],
    );
    return row && { ...name, ...answerOf(row) };
  },

  /** Within the transaction that does what was asked for. False when another one has the name already. */
  async insert(sql: Sql, row: AnswerRow): Promise<boolean> {
    const { digest, status, headers, body, createdAt, expiresAt } = row;
    // One statement that reads nothing: of two that look first, Postgres would run one again.
    const inserted = await sql.run(
      `INSERT INTO idempotency (principal, operation, key, digest, status, headers, body, created_at, expires_at)
      VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
      ON CONFLICT (principal, operation, key) DO UPDATE SET digest = $4, status = $5, headers = $6, body = $7,
        created_at = $8, expires_at = $9
      WHERE idempotency.expires_at <= $8`,
      [...nameOf(row), digest, status, JSON.stringify(headers), body, createdAt, expiresAt],
    );
    return inserted === 1;
  },

  async delete(sql: Sql, name: AnswerName): Promise<void> {
    await sql.run(
      "DELETE FROM idempotency WHERE principal = $1 AND operation = $2 AND key = $3",
      nameOf(name),
    );
  },

  /** Those that are no more, at most `limit`; resolves to how many went. */
  async prune(sql: Sql, { nowMs, limit }: { nowMs: number; limit: number }): Promise<number> {
    return sql.run(
      `DELETE FROM idempotency WHERE (principal, operation, key) IN (
        SELECT principal, operation, key FROM idempotency WHERE expires_at <= $1
        ORDER BY expires_at LIMIT $2
      )`,
      [nowMs, limit],
    );
  },

  /** How many `prune` would delete without a limit. */
  async countOver(sql: Sql, nowMs: number): Promise<number> {
    const row = await sql.get("SELECT COUNT(*) AS total FROM idempotency WHERE expires_at <= $1", [
      nowMs,
    ]);
    return Number(row?.["total"]);
  },
};

type StoredAnswer = {
  digest: string;
  status: number;
  headers: string;
  body: string | null;
  created_at: number;
  expires_at: number;
};

// Nobody is a name of its own that no principal has: a key of a table is never null.
function nameOf({ principal, operation, key }: AnswerName): [string, string, string] {
  return [principal ?? "", operation, key];
}

function answerOf(row: StoredAnswer): Omit<AnswerRow, keyof AnswerName> {
  return {
    digest: row.digest,
    status: Number(row.status),
    headers: JSON.parse(row.headers) as AnswerRow["headers"],
    body: row.body,
    createdAt: Number(row.created_at),
    expiresAt: Number(row.expires_at),
  };
}
