// Which of the stored bytes no row names.
import { blobs } from "../db/blobs.js";
import type { Sql } from "../db/db.js";
import { tombstones } from "../db/tombstones.js";
import { uploads } from "../db/uploads.js";

/** In the order of `keys`. */
export async function strangersAmong(sql: Sql, keys: readonly string[]): Promise<string[]> {
  // A key only ever goes on from upload to blob to tombstone. Asked in this order, one that goes on between two
  // questions is seen in the second place.
  const tables = [uploads, blobs, tombstones];
  let unknown = [...keys];
  for (const table of tables) {
    const known = await table.keysAmong(sql, unknown);
    unknown = unknown.filter((key) => !known.has(key));
  }
  return unknown;
}
