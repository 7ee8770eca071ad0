// Rows of the table `upload` whose bytes their client sends by itself, to the storage or to a signed URL of the server:
// what such an upload goes through until it is `stored`. Each change of state is one compare-and-set.
import type { Sql } from "./db.js";
import { endOf, type EndedUpload, type StoredEnd } from "./ended-upload.js";

export interface Arrived {
  readonly id: string;
  /** Octets that the storage has; undefined where the server has counted them itself. */
  readonly size?: number;
  readonly version?: string;
  readonly nowMs: number;
  /** At the earliest: there is time to attach it. */
  readonly expiresAt: number;
}

export const directUploads = {
  /** Its client says that all is there → `stored`, if it has not expired: no writer commits any more. */
  async arrive(sql: Sql, { id, size, version, nowMs, expiresAt }: Arrived): Promise<boolean> {
    const changed = await sql.run(
      `UPDATE upload SET state = 'stored', received = size, version = $2, epoch = epoch + 1, lease_until = 0,
        expires_at = CASE WHEN expires_at < $4 THEN $4 ELSE expires_at END
      WHERE id = $1 AND expires_at > $3 AND (
        (direct = 'store' AND state = 'reserved' AND size = $5)
        OR (direct = 'server' AND state = 'receiving' AND received = size AND $5 = -1))`,
      [id, version ?? null, nowMs, expiresAt, size ?? -1],
    );
    return changed === 1;
  },

  /** What was sent is sent again, from its beginning. */
  async restart(sql: Sql, id: string): Promise<boolean> {
    const changed = await sql.run(
      `UPDATE upload SET state = 'reserved', received = 0, epoch = epoch + 1
      WHERE id = $1 AND direct = 'server' AND state = 'receiving' AND received > 0`,
      [id],
    );
    return changed === 1;
  },

  /** The same octets, as another object. */
  async moved(sql: Sql, { id, version }: { id: string; version: string }): Promise<void> {
    await sql.run("UPDATE upload SET version = $2 WHERE id = $1", [id, version]);
  },

  /** Not attached yet → `rejected`: the object is another than the one that was verified. */
  async spoil(sql: Sql, id: string): Promise<EndedUpload | undefined> {
    const [row] = await sql.all<StoredEnd>(
      `UPDATE upload SET state = 'rejected', epoch = epoch + 1
      WHERE id = $1 AND direct = 'store' AND state = 'verified' RETURNING id, key, blob_id, session`,
      [id],
    );
    return row && endOf(row);
  },
};
