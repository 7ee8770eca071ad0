// Octets that are stored become a verified blob, or go, when they are not what was promised. Whoever asks first
// sees to it; knows no requests.
import { createHash, type Hash } from "node:crypto";
import type { Clock } from "../base/clock.js";
import { createUuid } from "../base/id.js";
import { blobs } from "../db/blobs.js";
import type { Db } from "../db/db.js";
import { events } from "../db/events.js";
import { tombstones } from "../db/tombstones.js";
import { uploads, type UploadRow } from "../db/uploads.js";
import { readBlob } from "../store/read-blob.js";
import type { Store } from "../store/store.js";
import { checkType } from "./file-check.js";
import { partialOf } from "./partial-of.js";
import { headBytes } from "./sniff.js";
import { rejectedEvent, verifiedEvent } from "./upload-events.js";

export interface VerifyOptions {
  readonly db: Db;
  readonly store: Store;
  readonly clock: Clock;
  readonly reap: () => Promise<void>;
}

/** A digest of the octets before an offset. */
export interface Running {
  readonly hash: Hash;
  readonly offset: number;
}

/** Stored octets to a verified blob; may be cut off anywhere and done again, by anybody. */
export async function verifyStored(
  { db, store, clock, reap }: VerifyOptions,
  id: string,
  running: Running | undefined,
): Promise<void> {
  const row = await uploads.get(db, id);
  if (row?.state !== "stored") return;
  const { key, received: size } = row;
  try {
    await partialOf(store).finish(key, size);
  } catch (error) {
    // It has ended meanwhile, and its bytes are gone.
    if ((await uploads.get(db, id))?.state !== "stored") return;
    throw error;
  }
  const sha256 = running?.offset === size ? running.hash.digest("hex") : await digestOf(store, key);
  const nowMs = clock.now();
  const isPromised =
    (row.sha256 ?? sha256) === sha256 &&
    (row.sha512 === null || row.sha512 === (await digestOf(store, key, "sha512")));
  if (!isPromised) return rejectUpload({ db, clock, reap }, id);
  const mediaType = await mediaTypeOf(store, row);
  const filename = row.filename === null ? {} : { filename: row.filename };
  const reference = { id: createUuid(nowMs), ...filename, mediaType, size, sha256 };
  const lost = new Error("The upload has come to another end.");
  const verified = db.transaction(async (sql) => {
    if ((await uploads.get(sql, id))?.state !== "stored") return;
    await blobs.insert(sql, { reference, key, createdAt: nowMs });
    // Another process may have been faster since: then the blob's row is to go as well.
    if (!(await uploads.verify(sql, { id, blobId: reference.id }))) throw lost;
    await events.insert(sql, [verifiedEvent(id, reference)], nowMs);
  });
  await verified.catch((error: unknown) => {
    if (error !== lost) throw error;
  });
}

/** Nothing, where it has come to another end. */
export async function rejectUpload(
  { db, clock, reap }: Pick<VerifyOptions, "db" | "clock" | "reap">,
  id: string,
): Promise<void> {
  const nowMs = clock.now();
  await db.transaction(async (sql) => {
    const ended = await uploads.reject(sql, id);
    if (!ended) return;
    await tombstones.insert(sql, { key: ended.key, nowMs, uploadId: id });
    await events.insert(sql, [rejectedEvent(id)], nowMs);
  });
  await reap();
}

async function digestOf(store: Store, key: string, name = "sha256"): Promise<string> {
  const hash = createHash(name);
  for await (const chunk of readBlob(store, key)) hash.update(chunk);
  return hash.digest("hex");
}

async function mediaTypeOf(
  store: Store,
  { key, received, declaredType }: UploadRow,
): Promise<string> {
  const chunks: Uint8Array[] = [];
  const range = { start: 0, end: Math.min(received, headBytes) - 1 };
  if (received > 0) for await (const chunk of readBlob(store, key, range)) chunks.push(chunk);
  const declared = declaredType === null ? {} : { declaredType };
  const intent = { allowedTypes: [], bytesMax: received, ...declared };
  return (await checkType(Buffer.concat(chunks), intent)).mediaType;
}
