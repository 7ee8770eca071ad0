// What an upload that has ended leaves behind is given up: its blob's row if it has one, and its bytes.
import { blobs } from "../db/blobs.js";
import type { Sql } from "../db/db.js";
import { events } from "../db/events.js";
import { tombstones } from "../db/tombstones.js";
import { uploads, type EndedUpload } from "../db/uploads.js";

export interface Ending {
  readonly type: "upload.aborted" | "upload.expired" | "upload.rejected";
  readonly nowMs: number;
  readonly reason?: string;
}

// The row first; its tombstone in the same transaction; bytes later.
export async function letGo(
  sql: Sql,
  { id, key, blobId, session }: EndedUpload,
  { type, nowMs, reason }: Ending,
): Promise<void> {
  await events.insert(
    sql,
    [{ type, uploadId: id, blobId, ...(reason ? { data: { reason } } : {}) }],
    nowMs,
  );
  if (blobId === null) return tombstones.insert(sql, { key, nowMs, uploadId: id, session });
  await uploads.release(sql, id);
  await blobs.delete(sql, { id: blobId, nowMs });
  if (session !== null) await tombstones.keepSession(sql, { key, session });
}

/** Ends it if its time is over and nobody is writing; resolves to whether it did. Within a transaction. */
export async function expireUpload(
  sql: Sql,
  { id, nowMs }: { id: string; nowMs: number },
): Promise<boolean> {
  const ended = await uploads.expire(sql, { id, nowMs });
  if (ended) await letGo(sql, ended, { type: "upload.expired", nowMs });
  return ended !== undefined;
}
