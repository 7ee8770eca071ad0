// New files into a resource: bound to it in its transaction, and each at its place.
import { together } from "../base/together.js";
import type { ReceivedFile } from "../base/file-reference.js";
import { attachments, type Attachment } from "../db/attachments.js";
import type { BlobRow } from "../db/blobs.js";
import type { Sql } from "../db/db.js";
import { atPlace, KeptFile, referenceOf, type PlacedFile } from "./file-places.js";

/**
 * Within the transaction: makes a file of this request one that can be attached; its row, where that is known. What may
 * refuse it comes first of what it sends, since the attachment is sent right behind.
 */
export type BindFile = (
  sql: Sql,
  file: ReceivedFile,
  nowMs: number,
) => Promise<BlobRow | undefined>;

/** The new files bound, and an attachment for each, in their order; undefined where one is not known whole. */
export async function placeFiles(
  sql: Sql,
  { collection, id }: { collection: string; id: string },
  files: readonly PlacedFile[],
  { bind, nowMs }: { bind: BindFile; nowMs: number },
): Promise<Attachment[] | undefined> {
  const placeOne = async (one: PlacedFile): Promise<Attachment | undefined> => {
    const { file, property, position, pointer } = one;
    const createdAt = file instanceof KeptFile ? file.attachment.createdAt : nowMs;
    const at = { collection, resourceId: id, property, position, createdAt };
    const [blob] = await together([
      file instanceof KeptFile
        ? Promise.resolve(file.attachment.blob)
        : atPlace(pointer, () => bind(sql, file, nowMs)),
      attachments.attach(sql, { ...at, blobId: referenceOf(file).id }),
    ]);
    return blob && { ...at, blob };
  };
  const placed = await together(files.map(placeOne));
  const known = placed.filter((each) => each !== undefined);
  return known.length === files.length ? known.toSorted(byPlace) : undefined;
}

/** As `attachments.ofResource` gives them. */
function byPlace(a: Attachment, b: Attachment): number {
  if (a.property === b.property) return a.position - b.position;
  return Buffer.compare(Buffer.from(a.property), Buffer.from(b.property));
}
