// Rows of the table `upload`: bytes on their way in, until a resource has them. Each change of state is one
// compare-and-set: whoever finds the row in another state than it must be in has lost, and is told so.
import { blobColumns, blobRow, type BlobRow, type StoredBlob } from "./blobs.js";
import { endOf, type EndedUpload, type StoredEnd } from "./ended-upload.js";
import { inList } from "./in-list.js";
import type { Sql } from "./db.js";

export type UploadState =
  | "reserved"
  | "receiving"
  | "stored"
  | "verified"
  | "attached"
  | "rejected"
  | "expired"
  | "aborted";

/** A part waits to be joined with others and is never a file by itself; what is joined is made of parts. */
export type UploadRole = "part" | "joined";

/** Sent by its client alone, to a signed URL: of this server, or of the storage. */
export type DirectTo = "server" | "store";

export interface UploadRow {
  readonly id: string;
  /** Where the store has the bytes, or will have them: they are never moved. */
  readonly key: string;
  readonly state: UploadState;
  /** SHA-256 of the token; the token itself is nowhere. */
  readonly tokenDigest: string;
  /** Who may use it; null for whoever holds the token. */
  readonly principal: string | null;
  /** Where it may be attached; null for anywhere. */
  readonly operation: string | null;
  readonly property: string | null;
  /** Octets it will have; null while unknown. */
  readonly size: number | null;
  /** The digest it was promised to have. */
  readonly sha256: string | null;
  readonly sha512: string | null;
  /** The request that is carried out with it once it is complete, as its protocol keeps it. */
  readonly target: string | null;
  /** Octets that are durable. */
  readonly received: number;
  /** Grows with each writer; only the latest may write. */
  readonly epoch: number;
  readonly leaseUntil: number;
  readonly filename: string | null;
  readonly declaredType: string | null;
  /** Null for the ordinary one. */
  readonly role: UploadRole | null;
  /** What its client said of it, for the client alone: as it came. */
  readonly metadata: string | null;
  /** What it was said to be joined of; as it came. */
  readonly concat: string | null;
  /** Null for what comes by an ordinary request, or by several. */
  readonly direct: DirectTo | null;
  /** What the storage needs to know again at the end; it may be a secret. */
  readonly session: string | null;
  /** Of the storage's object that was told to be complete; null where nobody but the server can change it. */
  readonly version: string | null;
  readonly createdAt: number;
  readonly expiresAt: number;
  /** While it holds one. */
  readonly blob: BlobRow | undefined;
}

const live = "state IN ('reserved', 'receiving', 'stored', 'verified')";

export const uploads = {
  /** Its blob, if it has one, has its row already. */
  async insert(sql: Sql, row: UploadRow): Promise<void> {
    await sql.run(
      `INSERT INTO upload (id, key, state, token_digest, principal, operation, property, size, sha256,
        received, epoch, lease_until, filename, declared_type, created_at, expires_at, blob_id,
        role, metadata, concat, sha512, target, direct, session, version)
      VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22,
        $23, $24, $25)`,
      [
        row.id,
        row.key,
        row.state,
        row.tokenDigest,
        row.principal,
        row.operation,
        row.property,
        row.size,
        row.sha256,
        row.received,
        row.epoch,
        row.leaseUntil,
        row.filename,
        row.declaredType,
        row.createdAt,
        row.expiresAt,
        row.blob?.reference.id ?? null,
        row.role,
        row.metadata,
        row.concat,
        row.sha512,
        row.target,
        row.direct,
        row.session,
        row.version,
      ],
    );
  },

  get: (sql: Sql, id: string): Promise<UploadRow | undefined> => select(sql, "u.id = $1", id),

  /** The one that holds this blob. */
  byBlob: (sql: Sql, blobId: string): Promise<UploadRow | undefined> =>
    select(sql, "u.blob_id = $1", blobId),

  byToken: (sql: Sql, tokenDigest: string): Promise<UploadRow | undefined> =>
    select(sql, "u.token_digest = $1", tokenDigest),

  /** Its length, where it was not known at first. */
  async declare(sql: Sql, { id, size }: { id: string; size: number }): Promise<boolean> {
    const changed = await sql.run(
      `UPDATE upload SET size = $2
      WHERE id = $1 AND size IS NULL AND received <= $2 AND state IN ('reserved', 'receiving')`,
      [id, size],
    );
    return changed === 1;
  },

  /** `stored` → `verified`: the blob has its row. */
  async verify(sql: Sql, { id, blobId }: { id: string; blobId: string }): Promise<boolean> {
    const changed = await sql.run(
      "UPDATE upload SET state = 'verified', blob_id = $2 WHERE id = $1 AND state = 'stored'",
      [id, blobId],
    );
    return changed === 1;
  },

  /** Another token from now on; false for one that has ended, or is attached. */
  async renew(
    sql: Sql,
    { id, tokenDigest }: { id: string; tokenDigest: string },
  ): Promise<boolean> {
    const changed = await sql.run(`UPDATE upload SET token_digest = $2 WHERE id = $1 AND ${live}`, [
      id,
      tokenDigest,
    ]);
    return changed === 1;
  },

  /** What is not `verified` yet → `rejected`: no writer commits any more. */
  async reject(sql: Sql, id: string): Promise<EndedUpload | undefined> {
    const [row] = await sql.all<StoredEnd>(
      `UPDATE upload SET state = 'rejected', epoch = epoch + 1
      WHERE id = $1 AND state IN ('reserved', 'receiving', 'stored') RETURNING id, key, blob_id, session`,
      [id],
    );
    return row && endOf(row);
  },

  /** Ids of those that are whole and wait to be verified; parts are verified in what they are joined to. */
  async unverified(sql: Sql, limit: number): Promise<readonly string[]> {
    const rows = await sql.all<{ id: string }>(
      `SELECT id FROM upload WHERE state = 'stored' AND ${live} AND (role IS NULL OR role <> 'part')
      ORDER BY expires_at, id LIMIT $1`,
      [limit],
    );
    return rows.map(({ id }) => id);
  },

  /** It is needed no longer than until then. */
  async shorten(sql: Sql, { id, untilMs }: { id: string; untilMs: number }): Promise<void> {
    await sql.run(
      `UPDATE upload SET expires_at = $2 WHERE id = $1 AND expires_at > $2 AND ${live}`,
      [id, untilMs],
    );
  },

  /**
   * `verified` → `attached`, if it has not expired: from here on the attachment alone holds the blob. Its digest stays
   * here, so that a request that is sent again is known to name the same file.
   */
  async attach(sql: Sql, { id, nowMs }: { id: string; nowMs: number }): Promise<boolean> {
    const changed = await sql.run(
      `UPDATE upload SET state = 'attached', blob_id = NULL,
        sha256 = COALESCE(sha256, (SELECT b.sha256 FROM blob AS b WHERE b.id = upload.blob_id))
      WHERE id = $1 AND state = 'verified' AND expires_at > $2`,
      [id, nowMs],
    );
    return changed === 1;
  },

  /** Without those that are attached, have ended already, have time left, or that somebody is writing. */
  async expire(
    sql: Sql,
    { ids, nowMs }: { ids: readonly string[]; nowMs: number },
  ): Promise<EndedUpload[]> {
    const ended: EndedUpload[] = [];
    for (const { list, params } of inList(ids, 2)) {
      const rows = await sql.all<StoredEnd>(
        `UPDATE upload SET state = 'expired' WHERE id IN (${list})
        AND ${live} AND expires_at <= $1 AND lease_until <= $1 RETURNING id, key, blob_id, session`,
        [nowMs, ...params],
      );
      ended.push(...rows.map(endOf));
    }
    return ended;
  },

  /** Where nobody else can be writing: those who held a lease are gone. */
  async endLeases(sql: Sql): Promise<void> {
    await sql.run("UPDATE upload SET lease_until = 0 WHERE lease_until > 0");
  },

  /** Whatever it was in the middle of; undefined when it is attached or has ended already. */
  async abort(sql: Sql, id: string): Promise<EndedUpload | undefined> {
    const [row] = await sql.all<StoredEnd>(
      `UPDATE upload SET state = 'aborted', epoch = epoch + 1
      WHERE id = $1 AND ${live} RETURNING id, key, blob_id, session`,
      [id],
    );
    return row && endOf(row);
  },

  /** In the transaction that ended them: they hold their blobs no longer. */
  async release(sql: Sql, ids: readonly string[]): Promise<void> {
    for (const { list, params } of inList(ids))
      await sql.run(`UPDATE upload SET blob_id = NULL WHERE id IN (${list})`, params);
  },

  /** Ids of those whose time is over, the oldest first. */
  async overdue(
    sql: Sql,
    { nowMs, limit, offset = 0 }: { nowMs: number; limit: number; offset?: number },
  ): Promise<readonly string[]> {
    const rows = await sql.all<{ id: string }>(
      `SELECT id FROM upload WHERE expires_at <= $1 AND lease_until <= $1 AND ${live}
      ORDER BY expires_at, id LIMIT $2 OFFSET $3`,
      [nowMs, limit, offset],
    );
    return rows.map(({ id }) => id);
  },

  /** Deletes rows of uploads that ended and whose time was over at `untilMs`; resolves to how many. */
  forget(sql: Sql, { untilMs, limit }: { untilMs: number; limit: number }): Promise<number> {
    return sql.run(
      `DELETE FROM upload WHERE id IN (SELECT id FROM upload
        WHERE expires_at <= $1 AND NOT (${live}) ORDER BY expires_at, id LIMIT $2)`,
      [untilMs, limit],
    );
  },

  /** How many `forget` would delete without a limit. */
  async countForgettable(sql: Sql, untilMs: number): Promise<number> {
    const row = await sql.get(
      `SELECT COUNT(*) AS total FROM upload WHERE expires_at <= $1 AND NOT (${live})`,
      [untilMs],
    );
    return Number(row?.["total"]);
  },

  /** Which of these keys are of uploads that have not ended. */
  async keysAmong(sql: Sql, keys: readonly string[]): Promise<Set<string>> {
    const found = new Set<string>();
    for (const { list, params } of inList(keys)) {
      const rows = await sql.all<{ key: string }>(
        `SELECT key FROM upload WHERE key IN (${list}) AND ${live}`,
        params,
      );
      for (const { key } of rows) found.add(key);
    }
    return found;
  },
};

type StoredUpload = StoredBlob & {
  upload_id: string;
  upload_key: string;
  state: UploadState;
  token_digest: string;
  principal: string | null;
  operation: string | null;
  property: string | null;
  upload_size: number | null;
  upload_sha256: string | null;
  upload_sha512: string | null;
  target: string | null;
  received: number;
  epoch: number;
  lease_until: number;
  upload_filename: string | null;
  declared_type: string | null;
  role: UploadRole | null;
  metadata: string | null;
  concat: string | null;
  direct: DirectTo | null;
  session: string | null;
  upload_version: string | null;
  created_at: number;
  expires_at: number;
  held_blob: string | null;
};

async function select(sql: Sql, where: string, value: string): Promise<UploadRow | undefined> {
  const row = await sql.get<StoredUpload>(
    `SELECT u.id AS upload_id, u.key AS upload_key, u.state, u.token_digest, u.principal, u.operation,
      u.property, u.size AS upload_size, u.sha256 AS upload_sha256,
      u.sha512 AS upload_sha512, u.target, u.received, u.epoch, u.lease_until,
      u.filename AS upload_filename, u.declared_type, u.role, u.metadata, u.concat,
      u.direct, u.session, u.version AS upload_version, u.created_at, u.expires_at,
      u.blob_id AS held_blob,
      ${blobColumns}
    FROM upload AS u LEFT JOIN blob AS b ON b.id = u.blob_id WHERE ${where}`,
    [value],
  );
  return row && rowOf(row);
}

function rowOf(row: StoredUpload): UploadRow {
  return {
    id: row.upload_id,
    key: row.upload_key,
    state: row.state,
    tokenDigest: row.token_digest,
    principal: row.principal,
    operation: row.operation,
    property: row.property,
    size: row.upload_size === null ? null : Number(row.upload_size),
    sha256: row.upload_sha256,
    sha512: row.upload_sha512,
    target: row.target,
    received: Number(row.received),
    epoch: Number(row.epoch),
    leaseUntil: Number(row.lease_until),
    filename: row.upload_filename,
    declaredType: row.declared_type,
    role: row.role,
    metadata: row.metadata,
    concat: row.concat,
    direct: row.direct,
    session: row.session,
    version: row.upload_version,
    createdAt: Number(row.created_at),
    expiresAt: Number(row.expires_at),
    blob: row.held_blob === null ? undefined : blobRow(row),
  };
}
