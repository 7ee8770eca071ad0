// Uploads: bytes that came before the resource that will have them. One that is verified waits under a
// single-use token until it is attached, aborted, or expired; exactly one of these happens. Knows neither
// schemas nor HTTP; whoever attaches says what the file must be.
import { buffer } from "node:stream/consumers";
import type { Clock } from "../base/clock.js";
import { isNotFound, WaybillError } from "../base/fault.js";
import { createUuid } from "../base/id.js";
import type { ClaimedFile, FileClaim } from "../base/sink.js";
import { blobs, type BlobRow } from "../db/blobs.js";
import type { Db, Sql } from "../db/db.js";
import { events } from "../db/events.js";
import { uploads, type UploadRow } from "../db/uploads.js";
import { readBlob } from "../store/read-blob.js";
import type { Store } from "../store/store.js";
import { checkStored } from "./check-stored.js";
import type { Ingested } from "./ingest.js";
import { expireUploads, letGo } from "./let-go.js";
import { createDirectUploads, type DirectUploads } from "./direct-uploads.js";
import { createResumables, type Resumables } from "./resumable.js";
import { verifiedEvent } from "./upload-events.js";
import { isOpen } from "./upload-state.js";
import { createUploadToken, digestOfToken } from "./upload-token.js";
import { endSession } from "./verify-stored.js";

export interface UploadsOptions {
  readonly db: Db;
  readonly store: Store;
  readonly clock: Clock;
  /** How long an upload may wait to be attached. */
  readonly expiresMs: number;
  readonly fileBytesMax: number;
  /** How long the URLs live that clients send to by themselves. */
  readonly urlsMs: number;
  /** Whether bytes may be read before they are attached. Default false. */
  readonly isReadable?: boolean;
  /** Called after a transaction that left tombstones: deletes their bytes. Never rejects. */
  readonly reap: () => Promise<void>;
}

/** Who may use a token, and for what; null says nothing. */
export interface UploadBinding {
  readonly principal: string | null;
  /** The `operationId` that may attach it. */
  readonly operation: string | null;
  /** The property that it may be attached to. */
  readonly property: string | null;
}

/** Within the transaction that makes an upload: what is to be kept with it. */
export type RecordUpload = (sql: Sql, upload: Omit<StagedUpload, "token">) => Promise<void>;

export interface StagedUpload {
  readonly id: string;
  /** Shown once: it cannot be had again. */
  readonly token: string;
  readonly expiresAt: number;
}

/** A file by its token, checked; still anybody's who has the token. */
export interface ClaimedUpload extends ClaimedFile {
  readonly id: string;
  readonly key: string;
  /** Learnt only now, and to be kept with the blob. */
  readonly measured: boolean;
}

export interface Uploads {
  /** Those that come in over several requests. */
  readonly resumable: Resumables;
  /** Those that their client sends by itself. */
  readonly direct: DirectUploads;
  /** A file whose bytes are stored, from now on kept by the upload and not by the request. */
  stage(file: Ingested, binding: UploadBinding, record?: RecordUpload): Promise<StagedUpload>;
  readonly isReadable: boolean;
  /** The bytes that an upload of this principal holds, if it does. */
  content(id: string, principal: string | null): Promise<BlobRow | undefined>;
  /** `by` is who asks, and for what. Rejects with `upload-not-usable`, and with what is wrong with the file. */
  claim(token: string, by: UploadBinding, claim: FileClaim): Promise<ClaimedUpload>;
  /**
   * One that `by` has attached already, for a request that may be a repeated one: enough to compare the two. It cannot be
   * attached again. Undefined where there is none.
   */
  recall(token: string, by: UploadBinding): Promise<ClaimedUpload | undefined>;
  /** Within the transaction that attaches its blob. Rejects with `upload-not-usable` for all but the first. */
  attach(sql: Sql, upload: ClaimedUpload): Promise<void>;
  /** All of them or none, out of here: their bytes are the caller's to delete. Rejects as `attach` does. */
  take(all: readonly ClaimedUpload[]): Promise<void>;
  /** False when there is none of this principal. Rejects with `conflict` when it is attached. */
  abort(id: string, principal: string | null): Promise<boolean>;
  /** Ends some of those whose time is over; true when there may be more. */
  expire(): Promise<boolean>;
}

/** Few, as everyone else waits for the transaction. */
const stepMax = 50;
/** How long after its time the row of an ended upload still tells what became of it. */
export const rememberMs = 24 * 60 * 60 * 1000;

export function createUploads(options: UploadsOptions): Uploads {
  const { db, store, clock, expiresMs, reap } = options;
  const resumable = createResumables(options);
  const direct = createDirectUploads({ ...options, resumable });
  const byToken = async (token: string): Promise<UploadRow | undefined> => {
    const row = await uploads.byToken(db, digestOfToken(token));
    // All is there, but nobody has asked since.
    if (row?.state === "stored") return resumable.find(row.id, row.principal);
    return row;
  };

  return {
    resumable,
    direct,
    isReadable: options.isReadable === true,

    async content(id, principal) {
      const row = await resumable.find(id, principal);
      return row?.isOver ? undefined : row?.blob;
    },

    async stage(file, binding, record) {
      const nowMs = clock.now();
      const token = createUploadToken();
      const row = verifiedRow(file, { binding, token, nowMs, expiresMs });
      await db.transaction(async (sql) => {
        await blobs.insert(sql, file);
        await uploads.insert(sql, row);
        await events.insert(sql, [verifiedEvent(row.id, file.reference)], nowMs);
        await record?.(sql, row);
      });
      return { id: row.id, token, expiresAt: row.expiresAt };
    },

    async claim(token, by, { intent, checkSize, contentBytesMax = -1 }) {
      const row = await byToken(token);
      const blob = row?.blob;
      const nowMs = clock.now();
      if (row && isComing(row, by, nowMs)) throw notComplete(row);
      if (!row || !blob || !isUsable(row, by, nowMs)) throw notUsable();
      const { reference, key } = blob;
      if (!(await direct.isUnchanged(row))) throw notUsable();
      checkSize(reference.size);
      const declared = row.declaredType === null ? {} : { declaredType: row.declaredType };
      try {
        const stored = { store, key, size: reference.size };
        const image = await checkStored(stored, { ...intent, ...declared });
        const measured = image !== undefined && reference.width === undefined;
        const content =
          reference.size > contentBytesMax ? undefined : await buffer(readBlob(store, key));
        return { id: row.id, key, reference: { ...reference, ...image }, measured, content };
      } catch (error) {
        // It ended meanwhile, and its bytes are gone.
        throw isNotFound(error) ? notUsable() : error;
      }
    },

    async recall(token, by) {
      const row = await uploads.byToken(db, digestOfToken(token));
      if (row?.state !== "attached" || row.sha256 === null || !isBound(row, by)) return undefined;
      const { id, key, sha256, received: size } = row;
      const blob = await blobs.byKey(db, key);
      const mediaType = row.declaredType ?? "application/octet-stream";
      const reference = blob?.reference ?? { id, mediaType, size, sha256 };
      return { id, key, reference, measured: false, content: undefined };
    },

    async attach(sql, { id, reference, measured }) {
      await use(sql, { id, blobId: reference.id, nowMs: clock.now() });
      const { width, height } = reference;
      if (measured && width !== undefined && height !== undefined)
        await blobs.measure(sql, { id: reference.id, width, height });
    },

    take: (all) =>
      db.transaction(async (sql) => {
        for (const { id, reference } of all) {
          await use(sql, { id, blobId: reference.id, nowMs: clock.now() });
          await blobs.take(sql, reference.id);
        }
      }),

    async abort(id, principal) {
      if (!(await resumable.find(id, principal))) return false;
      const ended = await db.transaction(async (sql) => {
        const row = await uploads.abort(sql, id);
        if (row) await letGo(sql, [row], { type: "upload.aborted", nowMs: clock.now() });
        return row;
      });
      if (!ended && (await uploads.get(db, id))?.state === "attached") throw attached();
      if (ended?.blobId === null) await endSession(store, ended);
      await reap();
      return true;
    },

    async expire() {
      const nowMs = clock.now();
      const ids = await uploads.overdue(db, { nowMs, limit: stepMax });
      const forgotten = await db.transaction(async (sql) => {
        await expireUploads(sql, { ids, nowMs });
        return uploads.forget(sql, { untilMs: nowMs - rememberMs, limit: stepMax });
      });
      return ids.length === stepMax || forgotten === stepMax;
    },
  };
}

interface Staging {
  readonly binding: UploadBinding;
  readonly token: string;
  readonly nowMs: number;
  readonly expiresMs: number;
}

function verifiedRow(file: Ingested, { binding, token, nowMs, expiresMs }: Staging): UploadRow {
  const { reference, key, declaredType } = file;
  return {
    ...binding,
    id: createUuid(nowMs),
    key,
    state: "verified",
    tokenDigest: digestOfToken(token),
    size: reference.size,
    sha256: reference.sha256,
    sha512: null,
    target: null,
    received: reference.size,
    epoch: 0,
    leaseUntil: 0,
    filename: reference.filename ?? null,
    declaredType: declaredType ?? null,
    role: null,
    metadata: null,
    concat: null,
    direct: null,
    session: null,
    version: null,
    createdAt: nowMs,
    expiresAt: nowMs + expiresMs,
    blob: file,
  };
}

function isUsable(row: UploadRow, by: UploadBinding, nowMs: number): boolean {
  return isBound(row, by) && row.state === "verified" && row.expiresAt > nowMs;
}

/** One of whoever asks, that has not all its octets yet. */
function isComing(row: UploadRow, by: UploadBinding, nowMs: number): boolean {
  return isOpen(row) && row.principal === by.principal && isBound(row, by) && row.expiresAt > nowMs;
}

/** What is bound to nothing fits anything. */
function isBound(row: UploadRow, by: UploadBinding): boolean {
  const fits = (name: keyof UploadBinding): boolean => row[name] === null || row[name] === by[name];
  return fits("principal") && fits("operation") && fits("property");
}

/** The end of its token, for whoever is first. */
async function use(
  sql: Sql,
  { id, blobId, nowMs }: { id: string; blobId: string; nowMs: number },
): Promise<void> {
  if (!(await uploads.attach(sql, { id, nowMs }))) throw notUsable();
  await events.insert(sql, [{ type: "upload.attached", uploadId: id, blobId }], nowMs);
}

// One sentence for all cases: a stranger must not learn that a token is another's.
export function notUsable(): WaybillError {
  const detail =
    "The token is of no upload that can be used here; it may have been used, or expired.";
  return new WaybillError({ code: "upload-not-usable", detail });
}

function notComplete({ received, size, direct }: UploadRow): WaybillError {
  if (direct !== null) return new WaybillError({ code: "upload-not-usable", detail: notTold });
  const count = size === null ? `${received} octets are` : `${received} of ${size} octets are`;
  const detail = `The upload is not complete: ${count} there.`;
  return new WaybillError({ code: "upload-not-usable", detail });
}

const notTold = "The upload is not complete: nobody has said yet that all of it was sent.";

function attached(): WaybillError {
  return new WaybillError({ code: "conflict", detail: "The upload is attached already." });
}
