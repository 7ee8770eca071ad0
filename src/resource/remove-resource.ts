// Taking rows away, within a transaction: the row first, guarded by the foreign key; a tombstone for its
// bytes in the same transaction; the bytes later.
import { attachments, type Attachment } from "../db/attachments.js";
import { blobs } from "../db/blobs.js";
import type { Sql } from "../db/db.js";
import { events } from "../db/events.js";
import { resources, type ResourceName } from "../db/resources.js";
import { referenceOf, type PlacedFile } from "./file-places.js";
import { removedEvents, type Removal } from "./resource-events.js";

/** The rows of files that were held and are not kept. */
export async function forgetFiles(
  sql: Sql,
  held: readonly Attachment[],
  kept: readonly PlacedFile[],
  nowMs: number,
): Promise<void> {
  const stay = new Set(kept.map(({ file }) => referenceOf(file).id));
  const ids = held.map(({ blob }) => blob.reference.id).filter((id) => !stay.has(id));
  await blobs.delete(sql, { ids, nowMs });
}

/** One resource with its files. */
export async function removeResource(
  sql: Sql,
  name: ResourceName,
  { nowMs, removal }: { nowMs: number; removal: Removal },
): Promise<void> {
  const held = await attachments.ofResource(sql, name);
  await attachments.detach(sql, name);
  await resources.delete(sql, name);
  await forgetFiles(sql, held, [], nowMs);
  await events.insert(sql, removedEvents(name, held, removal), nowMs);
}

/** All resources in the collections below one. */
export async function removeBelow(
  sql: Sql,
  { collection, id }: ResourceName,
  nowMs: number,
): Promise<void> {
  for (const row of await resources.under(sql, `${collection}/${encodeURIComponent(id)}`))
    await removeResource(sql, row, { nowMs, removal: "parent-deleted" });
}
