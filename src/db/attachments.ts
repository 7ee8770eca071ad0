// Rows of the table `attachment`: which blob stands in which property of which resource.
import { blobColumns, blobRow } from "./blobs.js";
import { inList } from "./in-list.js";
import type { BlobRow, StoredBlob } from "./blobs.js";
import type { Sql } from "./db.js";

export interface AttachmentPlace {
  readonly collection: string;
  readonly resourceId: string;
  /** JSON Pointer of the property, e.g. `/pic`. */
  readonly property: string;
  /** From 0; 0 for a property that holds one file. */
  readonly position: number;
}

export interface Attachment extends AttachmentPlace {
  readonly blob: BlobRow;
  readonly createdAt: number;
}

export const attachments = {
  /** `conflict` when the place is taken; or blob or resource are gone, which the end of the transaction may say. */
  async attach(
    sql: Sql,
    attachment: AttachmentPlace & { blobId: string; createdAt: number },
  ): Promise<void> {
    const { collection, resourceId, property, position, blobId, createdAt } = attachment;
    await sql.run(
      `INSERT INTO attachment (collection, resource_id, property, position, blob_id, created_at)
      VALUES ($1, $2, $3, $4, $5, $6)`,
      [collection, resourceId, property, position, blobId, createdAt],
    );
  },

  /** Empties all places of the resource. */
  async detach(sql: Sql, { collection, id }: { collection: string; id: string }): Promise<void> {
    await sql.run("DELETE FROM attachment WHERE collection = $1 AND resource_id = $2", [
      collection,
      id,
    ]);
  },

  /** Where a blob stands. */
  async ofBlob(sql: Sql, blobId: string): Promise<(AttachmentPlace & { createdAt: number })[]> {
    const rows = await sql.all<Omit<StoredAttachment, keyof StoredBlob>>(
      `SELECT collection, resource_id, property, position, created_at FROM attachment
      WHERE blob_id = $1 ORDER BY collection, resource_id, property, position`,
      [blobId],
    );
    return rows.map((row) => ({
      collection: row.collection,
      resourceId: row.resource_id,
      property: row.property,
      position: row.position,
      createdAt: Number(row.created_at),
    }));
  },

  /** By property and position. */
  async ofResource(
    sql: Sql,
    { collection, id }: { collection: string; id: string },
  ): Promise<Attachment[]> {
    const found = await attachments.ofResources(sql, { collection, ids: [id] });
    return found.get(id) ?? [];
  },

  /** By the id of the resource; each list by property and position. Resources without any are left out. */
  async ofResources(
    sql: Sql,
    { collection, ids }: { collection: string; ids: readonly string[] },
  ): Promise<Map<string, Attachment[]>> {
    const found = new Map<string, Attachment[]>();
    for (const { list, params } of inList([...new Set(ids)], 2)) {
      const rows = await sql.all<StoredAttachment>(
        `SELECT a.collection, a.resource_id, a.property, a.position, a.created_at, ${blobColumns}
        FROM attachment AS a JOIN blob AS b ON b.id = a.blob_id
        WHERE a.collection = $1 AND a.resource_id IN (${list})
        ORDER BY a.property, a.position`,
        [collection, ...params],
      );
      for (const row of rows) {
        const list = found.get(row.resource_id);
        if (list) list.push(attachmentOf(row));
        else found.set(row.resource_id, [attachmentOf(row)]);
      }
    }
    return found;
  },
};

type StoredAttachment = StoredBlob & {
  collection: string;
  resource_id: string;
  property: string;
  position: number;
  created_at: number;
};

function attachmentOf(row: StoredAttachment): Attachment {
  return {
    collection: row.collection,
    resourceId: row.resource_id,
    property: row.property,
    position: row.position,
    createdAt: Number(row.created_at),
    blob: blobRow(row),
  };
}
