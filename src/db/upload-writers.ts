// Rows of the table `upload` whose bytes come in over several requests: who may write, and what of it counts. Each change
// is one compare-and-set.
import type { Sql } from "./db.js";
import type { UploadRow } from "./uploads.js";

export interface UploadLease {
  readonly id: string;
  readonly offset: number;
  /** The epoch that it was seen in. */
  readonly after: number;
  readonly nowMs: number;
  readonly leaseMs: number;
}

export interface UploadCommit {
  readonly id: string;
  readonly epoch: number;
  readonly from: number;
  readonly to: number;
  /** Is all there? Undefined where its length alone says so. */
  readonly complete: boolean | undefined;
  /** 0 when the writer is done. */
  readonly leaseUntil: number;
  /** At the earliest: whoever goes on sending has time. */
  readonly expiresAt: number;
}

export const uploadWriters = {
  /**
   * Begins to write at `offset`, with a lease. Resolves to the writer's epoch, with which `after` and all earlier
   * ones are over; undefined when it has ended, or its offset is another, or another epoch has begun.
   */
  async take(
    sql: Sql,
    { id, offset, after, nowMs, leaseMs }: UploadLease,
  ): Promise<number | undefined> {
    const [row] = await sql.all<{ epoch: number }>(
      `UPDATE upload SET state = 'receiving', epoch = epoch + 1, lease_until = $4
      WHERE id = $1 AND received = $2 AND epoch = $3 AND state IN ('reserved', 'receiving') AND expires_at > $5
      RETURNING epoch`,
      [id, offset, after, nowMs + leaseMs, nowMs],
    );
    return row && Number(row.epoch);
  },

  /** Nobody who has seen it up to now writes any more. False when it is not so any more, or takes no more octets. */
  async fence(sql: Sql, { id, received, epoch }: UploadRow): Promise<boolean> {
    const changed = await sql.run(
      `UPDATE upload SET epoch = epoch + 1
      WHERE id = $1 AND received = $2 AND epoch = $3 AND state IN ('reserved', 'receiving')`,
      [id, received, epoch],
    );
    return changed === 1;
  },

  /** Octets `from` to `to` are durable. False for a writer whose epoch is over: then they are not there. */
  async commit(
    sql: Sql,
    { id, epoch, from, to, complete, leaseUntil, expiresAt }: UploadCommit,
  ): Promise<boolean> {
    const changed = await sql.run(
      `UPDATE upload SET received = $4, lease_until = $5,
        expires_at = CASE WHEN expires_at < $6 THEN $6 ELSE expires_at END,
        state = CASE WHEN $7 = 1 OR ($7 = -1 AND size = $4) THEN 'stored' ELSE 'receiving' END,
        size = CASE WHEN $7 = 1 THEN $4 ELSE size END
      WHERE id = $1 AND epoch = $2 AND received = $3 AND state = 'receiving'`,
      [id, epoch, from, to, leaseUntil, expiresAt, complete === undefined ? -1 : Number(complete)],
    );
    return changed === 1;
  },
};
