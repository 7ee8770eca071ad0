// Uploads that their client sends by itself, to the storage or to a signed URL of the server, and then says that all is
// sent. What was signed is checked again before anybody is told so: the size, the digest, the version. Knows no URLs of
// the server.
import { randomBytes } from "node:crypto";
import type { Clock } from "../base/clock.js";
import { isWaybillError, WaybillError } from "../base/fault.js";
import { createUuid } from "../base/id.js";
import type { Db } from "../db/db.js";
import { directUploads as rows, type Arrived } from "../db/direct-uploads.js";
import { secrets } from "../db/secrets.js";
import { mayBeCommitted } from "../db/uncertain-commit.js";
import { uploads, type UploadRow } from "../db/uploads.js";
import type { DirectPlan, DirectRequest, SignedUrls, Store, StoredObject } from "../store/store.js";
import type { Appending } from "./appending.js";
import { fileTooLarge } from "./file-intake.js";
import { letGo } from "./let-go.js";
import {
  alreadyComplete,
  ended,
  notAllThere,
  noUpload,
  otherProtocol,
  rejectedUpload,
} from "./resumable-faults.js";
import type { Resumables, ResumableUpload } from "./resumable.js";
import { isSignature, signUpload } from "./upload-signature.js";
import { isOpen } from "./upload-state.js";
import type { RecordUpload, StagedUpload, UploadBinding } from "./uploads.js";
import { endSession, readObject, rejectUpload } from "./verify-stored.js";

export interface DirectUploadsOptions {
  readonly db: Db;
  readonly store: Store;
  readonly clock: Clock;
  readonly expiresMs: number;
  /** How long the URLs live. */
  readonly urlsMs: number;
  readonly fileBytesMax: number;
  readonly reap: () => Promise<void>;
  readonly resumable: Resumables;
}

export interface DirectWanted extends Omit<DirectRequest, "expiresMs"> {
  readonly filename: string | undefined;
}

/** Where the client is to send, until then. */
export type DirectWay = { readonly expiresAt: number } & (
  | { readonly to: "store"; readonly plan: DirectPlan }
  | { readonly to: "server"; readonly signed: UrlSignature }
);

/** What the query of a signed URL of the server says. */
export interface UrlSignature {
  readonly method: string;
  /** Seconds since the Unix epoch. */
  readonly expires: string;
  readonly signature: string;
}

export interface StagedDirect extends StagedUpload {
  readonly way: DirectWay;
}

export interface DirectUploads {
  /** Rejects with `file-too-large` for more octets than are allowed. */
  reserve(what: DirectWanted, binding: UploadBinding, record?: RecordUpload): Promise<StagedDirect>;
  /** Of one that was made before, where nothing was sent yet; undefined where that can be told once only. */
  wayOf(row: UploadRow): Promise<DirectWay | undefined>;
  /**
   * All is sent: verifies it, once for all who say so. Rejects with `conflict` while it is not all there, which can be
   * mended, and with `upload-rejected` for what was not promised, which cannot.
   */
  complete(id: string, principal: string | null): Promise<ResumableUpload>;
  /** One by a signed URL of the server. Rejects with `forbidden`, and for one to which nothing can be sent any more. */
  open(id: string, by: UrlSignature): Promise<UploadRow>;
  /** What was sent before is sent again. */
  write(row: UploadRow): Promise<Appending>;
  /** Is it what was verified? One that is not is given up. */
  isUnchanged(row: UploadRow): Promise<boolean>;
}

/** What a store says of an upload that it cannot complete. */
const notWhole = new Set<string>(["not-found", "upload-rejected"]);
const secretName = "upload-urls";

export function createDirectUploads(options: DirectUploadsOptions): DirectUploads {
  const { db, store, clock, expiresMs, fileBytesMax, resumable, reap } = options;
  const urlsMs = Math.min(options.urlsMs, expiresMs);
  let known: string | undefined;
  const secret = async (): Promise<string> =>
    (known ??= await secrets.get(db, secretName, randomBytes(32).toString("base64url")));

  const sign = async (row: UploadRow, method: string, expires: string): Promise<string> => {
    const { id, size, declaredType: mediaType, sha256 } = row;
    return signUpload(await secret(), { method, id, size, mediaType, sha256, expires });
  };

  const wayToServer = async (row: UploadRow): Promise<DirectWay> => {
    const seconds = Math.floor(Math.min(clock.now() + urlsMs, row.expiresAt) / 1000);
    const [method, expires] = ["PUT", String(seconds)] as const;
    const signature = await sign(row, method, expires);
    return { to: "server", expiresAt: seconds * 1000, signed: { method, expires, signature } };
  };

  /** The storage's own word where it is not all there. */
  const arrive = async (row: UploadRow): Promise<string | undefined> => {
    const { id, size, sha256 } = row;
    const arrived = (): Arrived => {
      const nowMs = clock.now();
      return { id, nowMs, expiresAt: nowMs + expiresMs };
    };
    if (row.direct === "server") {
      await rows.arrive(db, arrived());
      return undefined;
    }
    // It was begun with another storage than the one that is used now.
    if (!store.signed || row.session === null) throw ended();
    const completing = completeIn(store.signed, row.key, row.session);
    const object = await completing.catch(async (error: unknown) => {
      const now = await uploads.get(db, id);
      // Another one has done it, and the storage had two at once.
      if (now && !isOpen(now)) return "";
      if (isWaybillError(error) && error.code === "upload-rejected")
        await rejectUpload(options, id);
      return missing(error);
    });
    if (typeof object === "string") return object;
    const isOther = sha256 !== null && object.sha256 !== undefined && object.sha256 !== sha256;
    if (isOther || object.size !== size) await rejectUpload(options, id);
    else await rows.arrive(db, { ...arrived(), size: object.size, version: object.version });
    return undefined;
  };

  return {
    async reserve({ filename, ...wanted }, binding, record) {
      const { size, mediaType: declaredType, sha256 } = wanted;
      if (size > fileBytesMax) throw fileTooLarge({ bytesMax: fileBytesMax });
      const key = createUuid(clock.now());
      // The storage before the row: what it has begun for nobody, its sweep ends; a row without it could not be sent.
      const expiresAt = clock.now() + urlsMs;
      const begun = await store.signed?.begin(key, { ...wanted, expiresMs: urlsMs });
      const session = begun?.session ?? null;
      const direct = { to: begun ? ("store" as const) : ("server" as const), key, session };
      const reservation = { size, filename, declaredType, sha256, direct };
      try {
        const staged = await resumable.reserve(reservation, binding, record);
        if (begun) return { ...staged, way: { to: "store", plan: begun.plan, expiresAt } };
        const row = await uploads.get(db, staged.id);
        if (!row) throw ended();
        return { ...staged, way: await wayToServer(row) };
      } catch (error) {
        if (session !== null && !mayBeCommitted(error))
          await store.signed?.abort(key, session).catch(() => undefined);
        throw error;
      }
    },

    async wayOf(row) {
      return row.direct === "server" ? wayToServer(row) : undefined;
    },

    async complete(id, principal) {
      const row = await resumable.look(id, principal);
      if (!row) throw noUpload();
      if (row.direct === null) throw otherProtocol();
      if (row.isOver) throw endOf(row);
      const missed = isOpen(row) ? await arrive(row) : undefined;
      const found = await resumable.find(id, principal);
      if (!found) throw noUpload();
      if (found.isOver) throw endOf(found, missed);
      if (!found.isWhole) throw notAllThere(missed);
      return found;
    },

    async open(id, { method, expires, signature }) {
      const row = await uploads.get(db, id);
      if (row?.direct !== "server") throw notSigned();
      if (!isSignature(signature, await sign(row, method, expires))) throw notSigned();
      const nowMs = clock.now();
      if (Number(expires) * 1000 <= nowMs || row.expiresAt <= nowMs) throw urlExpired();
      if (row.state === "stored" || row.state === "verified" || row.state === "attached")
        throw alreadyComplete();
      if (!isOpen(row)) throw ended();
      return row;
    },

    async write({ id, principal }) {
      await rows.restart(db, id);
      // Nothing of it counts before all is there, and nothing is complete before its client says so.
      const all = { offset: 0, size: undefined, whole: true, completes: false, isKnown: false };
      return resumable.append(id, principal, all);
    },

    async isUnchanged(row) {
      const { id, key, version } = row;
      if (version === null || !store.signed) return true;
      if ((await store.signed.stat(key))?.version === version) return true;
      // Moved to another store it is the same octets, and another object.
      const moved = await readObject(store, row, row.blob?.reference.sha256);
      if (moved !== "other" && moved.version !== undefined) {
        await rows.moved(db, { id, version: moved.version });
        return true;
      }
      const spoilt = await db.transaction(async (sql) => {
        const row = await rows.spoil(sql, id);
        const ending = {
          type: "upload.rejected",
          reason: "changed after it was verified",
        } as const;
        if (row) await letGo(sql, [row], { ...ending, nowMs: clock.now() });
        return row;
      });
      if (spoilt) await endSession(store, spoilt);
      await reap();
      return false;
    },
  };
}

/** Two at once get in each other's way in the storage: whoever fails looks whether the other has done it. */
async function completeIn(signed: SignedUrls, key: string, session: string): Promise<StoredObject> {
  try {
    return await signed.complete(key, session);
  } catch (error) {
    const isThere = isWaybillError(error) && (await signed.stat(key).catch(() => undefined));
    if (!isThere) throw error;
    return signed.complete(key, session);
  }
}

function missing(error: unknown): string {
  const isSaid = isWaybillError(error) && notWhole.has(error.code);
  if (isSaid) return error.faults[0].detail;
  throw error;
}

function endOf({ state }: UploadRow, said?: string): WaybillError {
  return state === "rejected" ? rejectedUpload(said || undefined) : ended();
}

// One sentence for all cases: a stranger must not learn which uploads there are.
function notSigned(): WaybillError {
  return new WaybillError({
    code: "forbidden",
    detail: "The URL is not one that was signed here.",
  });
}

function urlExpired(): WaybillError {
  return new WaybillError({ code: "forbidden", detail: "The URL has expired." });
}
