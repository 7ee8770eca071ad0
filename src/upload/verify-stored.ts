// Octets that are stored become a verified blob, or go, when they are not what was promised. Whoever asks first
// sees to it; knows no requests.
import { createHash, type Hash } from "node:crypto";
import type { Clock } from "../base/clock.js";
import { createUuid } from "../base/id.js";
import { blobs } from "../db/blobs.js";
import type { Db } from "../db/db.js";
import { directUploads } from "../db/direct-uploads.js";
import { events } from "../db/events.js";
import { tombstones } from "../db/tombstones.js";
import type { EndedUpload } from "../db/ended-upload.js";
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
  const found = await (
    row.version === null
      ? readPartial(store, row, running)
      : readObject(store, row, row.sha256 ?? undefined)
  ).catch(async (error: unknown) => {
    // It has ended meanwhile, and its bytes are gone.
    if ((await uploads.get(db, id))?.state !== "stored") return undefined;
    throw error;
  });
  if (!found) return;
  if (found === "other") return rejectUpload({ db, store, clock, reap }, id);
  const { sha256, mediaType, version } = found;
  const nowMs = clock.now();
  const filename = row.filename === null ? {} : { filename: row.filename };
  const reference = { id: createUuid(nowMs), ...filename, mediaType, size, sha256 };
  const lost = new Error("The upload has come to another end.");
  const verified = db.transaction(async (sql) => {
    if ((await uploads.get(sql, id))?.state !== "stored") return;
    await blobs.insert(sql, { reference, key, createdAt: nowMs });
    if (version !== undefined) await directUploads.moved(sql, { id, version });
    // Another process may have been faster since: then the blob's row is to go as well.
    if (!(await uploads.verify(sql, { id, blobId: reference.id }))) throw lost;
    await events.insert(sql, [verifiedEvent(id, reference)], nowMs);
  });
  await verified.catch((error: unknown) => {
    if (error !== lost) throw error;
  });
}

interface Found {
  readonly sha256: string;
  readonly mediaType: string;
  /** Of the storage's object. */
  readonly version?: string;
}

/** `other` is what was not promised. */
async function readPartial(
  store: Store,
  row: UploadRow,
  running: Running | undefined,
): Promise<Found | "other"> {
  const { key, received: size } = row;
  await partialOf(store).finish(key, size);
  const sha256 = running?.offset === size ? running.hash.digest("hex") : await digestOf(store, key);
  if (!(await isPromised(store, row, sha256))) return "other";
  return { sha256, mediaType: await mediaTypeOf(store, row) };
}

/**
 * What is read must be one version from beginning to end: others than the server can write there. It must be the one that
 * was told to be complete, or else what it must be is known, and it is that.
 */
export async function readObject(
  store: Store,
  row: UploadRow,
  known: string | undefined,
): Promise<Found | "other"> {
  const { key, received: size } = row;
  const object = await store.signed?.stat(key);
  if (!object || object.size !== size) return "other";
  const { version } = object;
  if (version !== row.version && known === undefined) return "other";
  const sha256 = object.sha256 ?? (await digestOf(store, key));
  if (sha256 !== (known ?? sha256)) return "other";
  if (!(await isPromised(store, row, sha256))) return "other";
  const mediaType = await mediaTypeOf(store, row);
  const after = await store.signed?.stat(key);
  return after?.version === version ? { sha256, mediaType, version } : "other";
}

async function isPromised(store: Store, row: UploadRow, sha256: string): Promise<boolean> {
  return (
    (row.sha256 ?? sha256) === sha256 &&
    (row.sha512 === null || row.sha512 === (await digestOf(store, row.key, "sha512")))
  );
}

/** Nothing, where it has come to another end. */
export async function rejectUpload(
  { db, store, clock, reap }: VerifyOptions,
  id: string,
): Promise<void> {
  const nowMs = clock.now();
  const ended = await db.transaction(async (sql) => {
    const row = await uploads.reject(sql, id);
    if (!row) return undefined;
    const { key, session } = row;
    await tombstones.insert(sql, { key, nowMs, uploadId: id, session });
    await events.insert(sql, [rejectedEvent(id)], nowMs);
    return row;
  });
  if (ended) await endSession(store, ended);
  await reap();
}

/** Nobody is reading what was never a file: what the storage has of it goes now. Its tombstone sees to what comes late. */
export async function endSession(store: Store, { key, session }: EndedUpload): Promise<void> {
  if (session !== null) await store.signed?.abort(key, session).catch(() => undefined);
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
