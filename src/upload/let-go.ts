// What uploads that have ended leave behind is given up: the row of its blob where one has it, and the bytes.
import { together } from "../base/together.js";
import { blobs } from "../db/blobs.js";
import type { Sql } from "../db/db.js";
import { events } from "../db/events.js";
import { tombstones } from "../db/tombstones.js";
import type { EndedUpload } from "../db/ended-upload.js";
import { uploads } from "../db/uploads.js";

export interface Ending {
  readonly type: "upload.aborted" | "upload.expired" | "upload.rejected";
  readonly nowMs: number;
  readonly reason?: string;
}

// The row first; its tombstone in the same transaction; bytes later.
export async function letGo(
  sql: Sql,
  ended: readonly EndedUpload[],
  { type, nowMs, reason }: Ending,
): Promise<void> {
  const data = reason === undefined ? {} : { data: { reason } };
  const told = ended.map(({ id, blobId }) => ({ type, uploadId: id, blobId, ...data }));
  await events.insert(sql, told, nowMs);
  const holders = ended.filter(({ blobId }) => blobId !== null);
  await uploads.release(
    sql,
    holders.map(({ id }) => id),
  );
  await blobs.delete(sql, { ids: holders.flatMap(({ blobId }) => blobId ?? []), nowMs });
  await together(ended.map((each) => bury(sql, each, nowMs)));
}

/** The bytes of one that has no blob, and what of its sending is to be ended with them. */
async function bury(
  sql: Sql,
  { id, key, blobId, session }: EndedUpload,
  nowMs: number,
): Promise<void> {
  if (blobId === null) await tombstones.insert(sql, { key, nowMs, uploadId: id, session });
  else if (session !== null) await tombstones.keepSession(sql, { key, session });
}

/** Ends those whose time is over and that nobody is writing; resolves to how many. Within a transaction. */
export async function expireUploads(
  sql: Sql,
  { ids, nowMs }: { ids: readonly string[]; nowMs: number },
): Promise<number> {
  const ended = await uploads.expire(sql, { ids, nowMs });
  await letGo(sql, ended, { type: "upload.expired", nowMs });
  return ended.length;
}
