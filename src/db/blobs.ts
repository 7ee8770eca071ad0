// Rows of the table `blob`: what is known of stored bytes, and under which key they lie.
import { tombstones } from "./tombstones.js";
import { inList } from "./in-list.js";
import type { FileReference } from "../base/file-reference.js";
import { together } from "../base/together.js";
import type { Sql, SqlValue } from "./db.js";

export interface BlobRow {
  readonly reference: FileReference;
  /** Where the store has the bytes. */
  readonly key: string;
  readonly createdAt: number;
  /** Of a reference with a URL, as its server said it. */
  readonly etag?: string | undefined;
}

export const blobs = {
  /** Only once the bytes are durable; with a URL, there are none here. */
  async insert(sql: Sql, { reference, key, createdAt, etag }: BlobRow): Promise<void> {
    const { id, size, sha256, mediaType, filename, width, height, url } = reference;
    await sql.run(
      `INSERT INTO blob (id, key, size, sha256, media_type, filename, width, height, created_at, url, etag)
      VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`,
      [
        id,
        key,
        size,
        sha256,
        mediaType,
        filename ?? null,
        width ?? null,
        height ?? null,
        createdAt,
        url ?? null,
        etag ?? null,
      ],
    );
  },

  /**
   * Within a transaction: deletes the rows and leaves a tombstone for the bytes of each. Does nothing to those that are
   * gone, attached anywhere, or held by an upload; the foreign keys hold that against what is made meanwhile.
   */
  async delete(sql: Sql, { ids, nowMs }: { ids: readonly string[]; nowMs: number }): Promise<void> {
    for (const { list, params } of inList(ids)) {
      const rows = await sql.all<{ id: string; key: string; url: string | null }>(
        `DELETE FROM blob WHERE id IN (${list})
        AND NOT EXISTS (SELECT 1 FROM attachment WHERE blob_id = blob.id)
        AND NOT EXISTS (SELECT 1 FROM upload WHERE blob_id = blob.id) RETURNING id, key, url`,
        params,
      );
      const stored = rows.filter(({ url }) => url === null);
      await together(
        stored.map(({ id, key }) => tombstones.insert(sql, { key, nowMs, blobId: id })),
      );
    }
  },

  /** The row alone: whoever takes it has the bytes from here on, and deletes them. */
  async take(sql: Sql, id: string): Promise<void> {
    await sql.run("DELETE FROM blob WHERE id = $1", [id]);
  },

  /** What an image was found to measure after its row was made. */
  async measure(
    sql: Sql,
    { id, width, height }: { id: string; width: number; height: number },
  ): Promise<void> {
    await sql.run("UPDATE blob SET width = $2, height = $3 WHERE id = $1", [id, width, height]);
  },

  async byKey(sql: Sql, key: string): Promise<BlobRow | undefined> {
    const row = await sql.get<StoredBlob>(`SELECT ${blobColumns} FROM blob AS b WHERE b.key = $1`, [
      key,
    ]);
    return row && blobRow(row);
  },

  /** Those that stand for bytes at the URL; reads the whole table, as only people ask. */
  async byUrl(sql: Sql, url: string, limit: number): Promise<BlobRow[]> {
    const rows = await sql.all<StoredBlob>(
      `SELECT ${blobColumns} FROM blob AS b WHERE b.url = $1 ORDER BY b.id LIMIT $2`,
      [url, limit],
    );
    return rows.map(blobRow);
  },

  /** In the order of their ids, after `after`; those whose bytes are in the store. */
  async page(sql: Sql, { after, limit }: { after: string; limit: number }): Promise<BlobRow[]> {
    const rows = await sql.all<StoredBlob>(
      `SELECT ${blobColumns} FROM blob AS b WHERE b.id > $1 AND b.url IS NULL ORDER BY b.id LIMIT $2`,
      [after, limit],
    );
    return rows.map(blobRow);
  },

  /** Rows from before a time that neither a resource nor an upload has, by their ids, after `after`. */
  async loose(
    sql: Sql,
    { beforeMs, after, limit }: { beforeMs: number; after: string; limit: number },
  ): Promise<BlobRow[]> {
    const rows = await sql.all<StoredBlob>(
      `SELECT ${blobColumns} FROM blob AS b WHERE b.id > $1 AND b.created_at < $2
      AND NOT EXISTS (SELECT 1 FROM attachment WHERE blob_id = b.id)
      AND NOT EXISTS (SELECT 1 FROM upload WHERE blob_id = b.id) ORDER BY b.id LIMIT $3`,
      [after, beforeMs, limit],
    );
    return rows.map(blobRow);
  },

  async get(sql: Sql, id: string): Promise<BlobRow | undefined> {
    const row = await sql.get<StoredBlob>(`SELECT ${blobColumns} FROM blob AS b WHERE b.id = $1`, [
      id,
    ]);
    return row && blobRow(row);
  },

  /** Which of these keys have a row. */
  async keysAmong(sql: Sql, keys: readonly string[]): Promise<Set<string>> {
    const found = new Set<string>();
    for (const { list, params } of inList(keys)) {
      const rows = await sql.all<{ key: string }>(
        `SELECT key FROM blob WHERE key IN (${list})`,
        params,
      );
      for (const { key } of rows) found.add(key);
    }
    return found;
  },
};

/** Of the table `blob AS b`. */
export const blobColumns =
  "b.id AS blob_id, b.key, b.size, b.sha256, b.media_type, b.filename, b.width, b.height, " +
  "b.created_at AS blob_created_at, b.url, b.etag";

export type StoredBlob = {
  blob_id: string;
  key: string;
  size: number;
  sha256: string;
  media_type: string;
  filename: string | null;
  width: number | null;
  height: number | null;
  blob_created_at: number;
  url: string | null;
  etag: string | null;
};

export function blobRow(row: StoredBlob): BlobRow {
  const reference = {
    id: row.blob_id,
    ...present("filename", row.filename),
    mediaType: row.media_type,
    size: Number(row.size),
    sha256: row.sha256,
    ...present("width", row.width),
    ...present("height", row.height),
    ...present("url", row.url),
  };
  const { key, etag } = row;
  return { reference, key, createdAt: Number(row.blob_created_at), ...present("etag", etag) };
}

function present<Name extends string, Value extends SqlValue>(
  name: Name,
  value: Value,
): Partial<Record<Name, NonNullable<Value>>> {
  return value === null ? {} : ({ [name]: value } as Record<Name, NonNullable<Value>>);
}
