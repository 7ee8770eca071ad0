// Uploads that come in over several requests: reserved, written by whoever holds the lease, verified when all
// is there. That an upload is whole is told only once it is verified: whoever asks first sees to it. Knows
// neither schemas nor a protocol.
import { createHash } from "node:crypto";
import type { Clock } from "../base/clock.js";
import { blobs } from "../db/blobs.js";
import type { Db } from "../db/db.js";
import { events } from "../db/events.js";
import { tombstones } from "../db/tombstones.js";
import { mayBeCommitted } from "../db/uncertain-commit.js";
import { uploadWriters } from "../db/upload-writers.js";
import { uploads, type DirectTo, type UploadRole, type UploadRow } from "../db/uploads.js";
import type { Store } from "../store/store.js";
import { Appending } from "./appending.js";
import { copyParts, sizeOfParts } from "./join-parts.js";
import { letGo } from "./let-go.js";
import { partialOf } from "./partial-of.js";
import {
  cameLate,
  ended,
  noUpload,
  onlyJoined,
  otherOffset,
  otherSize,
  stopping,
} from "./resumable-faults.js";
import { reservedRow } from "./reserved-row.js";
import { createTurns } from "./turns.js";
import { reservedEvent } from "./upload-events.js";
import { hasEnded, isOpen, isOver, isWhole, mayBeTakenOver } from "./upload-state.js";
import { createUploadToken, digestOfToken } from "./upload-token.js";
import type { RecordUpload, StagedUpload, UploadBinding } from "./uploads.js";
import { rejectUpload, verifyStored, type Running } from "./verify-stored.js";

export interface ResumablesOptions {
  readonly db: Db;
  readonly store: Store;
  readonly clock: Clock;
  readonly expiresMs: number;
  readonly fileBytesMax: number;
  readonly reap: () => Promise<void>;
}

export interface Reservation {
  /** Octets; null while the client does not know. */
  readonly size: number | null;
  readonly filename: string | undefined;
  readonly declaredType: string | undefined;
  /** In hexadecimal: what it must turn out to be. */
  readonly sha256: string | undefined;
  /** To be told as they came. */
  readonly metadata?: string | undefined;
  readonly concat?: string | undefined;
  /** It waits to be joined with others, and its token is of no use. */
  readonly isPart?: boolean;
  readonly sha512?: string | undefined;
  /** The request that is carried out with it once it is complete. */
  readonly target?: string | undefined;
  /** Its client sends it by itself. */
  readonly direct?: Direct | undefined;
}

export interface Direct {
  readonly to: DirectTo;
  /** Where the bytes will be: chosen before the storage is told of them. */
  readonly key: string;
  /** Of the storage, where it goes there. */
  readonly session: string | null;
}

export interface AppendRequest {
  readonly offset: number;
  /** Of the upload as it was when the request was let in: refused when its client was told where it is since. */
  readonly epoch?: number | undefined;
  /** Where the client knows it only now. */
  readonly size: number | undefined;
  readonly whole: boolean;
  /** Whether the upload is complete with the end of the request; undefined where its length alone says so. */
  readonly completes?: boolean | undefined;
  /** Whether its client can go on elsewhere when it is cut off. Default true. */
  readonly isKnown?: boolean | undefined;
  /** Told of every offset that is durable, while more octets come, or when it is cut off. */
  readonly progress?: ((offset: number) => void) | undefined;
}

export interface ResumableUpload extends UploadRow {
  /** Nothing can be done with it any more. What is attached was a success. */
  readonly isOver: boolean;
  /** All octets are there, and nothing is left to be done that could refuse them; what they are for is done. */
  readonly isWhole: boolean;
  /** Until it expires. */
  readonly remainingMs: number;
}

export interface Resumables {
  readonly bytesMax: number;
  /** What an upload has at least, from its last octet on. */
  readonly expiresMs: number;
  /** Nothing of it is there yet. */
  reserve(what: Reservation, binding: UploadBinding, record?: RecordUpload): Promise<StagedUpload>;
  /** Ends the request that is writing, if one is; verifies what is whole. Undefined for another principal's. */
  find(id: string, principal: string | null): Promise<ResumableUpload | undefined>;
  /**
   * As `find`, for a client that goes on from there: no request that came before changes the offset any more,
   * wherever it is.
   */
  locate(id: string, principal: string | null): Promise<ResumableUpload | undefined>;
  /** As it is now: whoever writes goes on. */
  look(id: string, principal: string | null): Promise<ResumableUpload | undefined>;
  /** Rejects with `conflict` for another offset or epoch than the upload's, and with `upload-ended`. */
  append(id: string, principal: string | null, request: AppendRequest): Promise<Appending>;
  /**
   * One made of the octets of others, in this order, and verified. Rejects with `not-found` for what is no part
   * of this principal, `conflict` for one that is not whole, and `upload-ended`; then nothing is left of it.
   */
  join(
    what: Omit<Reservation, "size" | "isPart">,
    parts: readonly string[],
    binding: UploadBinding,
    record?: RecordUpload,
  ): Promise<StagedUpload>;
  /** Gives up what nobody has been told of. Never rejects. */
  abandon(id: string): Promise<void>;
  /** A token in place of the one before; undefined for an upload that has ended, or is attached. */
  renewToken(id: string): Promise<string | undefined>;
  /** Ends one that is not what it was said to be. Nothing, where it has come to another end. */
  reject(id: string): Promise<void>;
  /**
   * This process is ending: requests that write are cut off with what they have, made durable, but for those whose
   * clients could not go on elsewhere or would lose it, and no more are let in.
   */
  drain(): Promise<void>;
  /** Verifies some that are whole and that nobody has asked for; true when there may be more. Rejects after the last. */
  settle(): Promise<boolean>;
}

const leaseMs = 60_000;
const stepMax = 10;
/** For whoever has not heard that they were joined, and does it again. */
const usedPartMs = 10 * 60_000;
/** Digests that are kept for uploads under way; of others the stored octets are read again. */
const hashesMax = 1000;

export function createResumables(options: ResumablesOptions): Resumables {
  const { db, store, clock, expiresMs, fileBytesMax, reap } = options;
  const writers = new Map<string, Appending>();
  const hashes = new Map<string, Running>();
  const verifying = new Map<string, Promise<void>>();
  const alone = createTurns();
  let isEnding = false;

  const own = async (
    id: string,
    principal: string | null,
  ): Promise<ResumableUpload | undefined> => {
    const row = await uploads.get(db, id);
    if (row?.principal !== principal) return undefined;
    const nowMs = clock.now();
    const remainingMs = row.expiresAt - nowMs;
    return { ...row, isOver: isOver(row, nowMs), isWhole: isWhole(row), remainingMs };
  };

  /** Whoever comes second waits for the first. */
  const verify = async (id: string): Promise<void> => {
    const running = verifying.get(id) ?? verifyStored(options, id, hashes.get(id));
    verifying.set(id, running);
    try {
      await running;
    } finally {
      verifying.delete(id);
      hashes.delete(id);
    }
  };

  // In turn: whoever came first has looked, and seen its epoch, before another is told an offset.
  const find: Resumables["find"] = (id, principal) =>
    alone(id, async () => {
      const found = await own(id, principal);
      return found && settled(found);
    });

  /** Without a writer, and verified where it is whole. */
  const settled = async (found: ResumableUpload): Promise<ResumableUpload | undefined> => {
    const { id, principal } = found;
    if (mayBeTakenOver(found)) await writers.get(id)?.yield();
    for (;;) {
      // What is told is what was looked at: a writer may come to its end between two reads.
      const row = await own(id, principal);
      if (row?.state !== "stored" || row.role === "part") return row;
      await verify(id);
    }
  };

  const locate: Resumables["locate"] = async (id, principal) => {
    for (;;) {
      const row = await find(id, principal);
      if (!row || !mayBeTakenOver(row) || !isOpen(row) || row.isOver) return row;
      // A request may be past its look at the upload and have no lease yet, or write on another node.
      if (await uploadWriters.fence(db, row)) return row;
    }
  };

  /** What a writer has left in the place of an upload that ended before it: its bytes are deleted already. */
  const tidy = async (id: string, key: string): Promise<void> => {
    await db.transaction(async (sql) => {
      const row = await uploads.get(sql, id);
      // A row that is forgotten may be of one that was attached: the blob has its bytes.
      if (row ? !hasEnded(row) : await blobs.byKey(sql, key)) return;
      await tombstones.insert(sql, { key, nowMs: clock.now(), uploadId: id });
    });
    await reap();
  };

  const open = async (row: UploadRow, request: AppendRequest): Promise<Appending> => {
    const { id, key } = row;
    const { offset, whole, completes, isKnown = true, progress } = request;
    if (isEnding && isKnown) throw stopping();
    // Not that of the row, which was read since: in between an offset may have been told.
    const after = request.epoch ?? row.epoch;
    const lease = { id, offset, after, nowMs: clock.now(), leaseMs };
    const epoch = await db.transaction((sql) => uploadWriters.take(sql, lease));
    if (epoch === undefined) throw cameLate();
    const kept = hashes.get(id);
    const hash =
      offset === 0 ? createHash("sha256") : kept?.offset === offset ? kept.hash : undefined;
    hashes.delete(id);
    let renewedMs = clock.now();
    const writer = await partialOf(store).open(key, { offset, epoch });
    const appending: Appending = new Appending({
      writer,
      hash,
      offset,
      whole,
      end: row.size ?? fileBytesMax,
      isEndSaid: row.size !== null,
      isKnown,
      isDue: () => clock.now() - renewedMs > leaseMs / 3,
      async commit({ from, to, hashed }, then) {
        const done = then !== "more";
        const nowMs = clock.now();
        renewedMs = nowMs;
        const leaseUntil = done ? 0 : nowMs + leaseMs;
        const committed = await uploadWriters
          .commit(db, {
            id,
            epoch,
            from,
            to,
            complete: completes === undefined ? undefined : completes && then === "ended",
            leaseUntil,
            expiresAt: nowMs + expiresMs,
          })
          .finally(() => {
            if (done && writers.get(id) === appending) writers.delete(id);
          });
        if (done && !committed) await tidy(id, key);
        // What did not count is in the digest all the same.
        if (done && committed && hash && hashed === to) keepHash(hashes, id, { hash, offset: to });
        if (committed && then !== "ended") progress?.(to);
        return committed;
      },
    });
    writers.set(id, appending);
    return appending;
  };

  const reserve = async (
    what: Reservation,
    binding: UploadBinding,
    role: UploadRole | null,
    record?: RecordUpload,
  ): Promise<StagedUpload> => {
    const nowMs = clock.now();
    const token = createUploadToken();
    const row = reservedRow(what, { binding, token, nowMs, expiresMs, role });
    await db.transaction(async (sql) => {
      await uploads.insert(sql, row);
      await events.insert(sql, [reservedEvent(row)], nowMs);
      await record?.(sql, row);
    });
    return { id: row.id, token, expiresAt: row.expiresAt };
  };

  // What fails here expires by itself.
  const abandon = async (id: string): Promise<void> => {
    const end = db.transaction(async (sql) => {
      const ended = await uploads.abort(sql, id);
      if (ended) await letGo(sql, [ended], { type: "upload.aborted", nowMs: clock.now() });
    });
    await end.then(reap).catch(() => undefined);
  };

  return {
    bytesMax: fileBytesMax,
    expiresMs,
    find,
    locate,
    look: own,

    reserve: (what, binding, record) => reserve(what, binding, what.isPart ? "part" : null, record),

    async join(what, ids, binding, record) {
      const parts = await Promise.all(ids.map((id) => own(id, binding.principal)));
      const size = sizeOfParts(parts, { bytesMax: fileBytesMax, nowMs: clock.now() });
      const staged = await reserve({ ...what, size }, binding, "joined");
      const row = await uploads.get(db, staged.id);
      if (!row) throw ended();
      try {
        const writer = await open(row, {
          offset: 0,
          size: undefined,
          whole: true,
          isKnown: false,
        });
        await copyParts(
          store,
          parts.flatMap((part) => part ?? []),
          writer,
        );
        await verify(row.id);
        // Nothing is to be answered again, and no part is used up, by one that is not what was promised.
        if ((await uploads.get(db, row.id))?.state !== "verified") return staged;
        if (record) await db.transaction((sql) => record(sql, staged));
      } catch (error) {
        if (!mayBeCommitted(error)) await abandon(row.id);
        throw error;
      }
      const untilMs = clock.now() + usedPartMs;
      for (const id of new Set(ids)) await uploads.shorten(db, { id, untilMs });
      return staged;
    },

    abandon,

    append: (id, principal, request) =>
      alone(id, async () => {
        const { size, offset, epoch } = request;
        const before = await own(id, principal);
        // Whoever came after it, or was told where the upload is, goes on with it.
        if (epoch !== undefined && before && before.epoch !== epoch) throw cameLate();
        let row = before && (await settled(before));
        if (row?.direct) {
          await writers.get(id)?.yield();
          row = await own(id, principal);
        }
        if (!row) throw noUpload();
        if (row.isOver) throw ended();
        if (row.role === "joined") throw onlyJoined();
        if (row.received !== offset) throw otherOffset(row.received);
        if (size !== undefined && size !== row.size) {
          if (!(await uploads.declare(db, { id, size }))) throw otherSize();
          row = { ...row, size };
        }
        return open(row, request);
      }),

    async renewToken(id) {
      const token = createUploadToken();
      const renewed = await uploads.renew(db, { id, tokenDigest: digestOfToken(token) });
      return renewed ? token : undefined;
    },

    async reject(id) {
      await rejectUpload(options, id);
    },

    async drain() {
      isEnding = true;
      const all = [...writers.values()].filter(({ mayBreakOff }) => mayBreakOff);
      await Promise.all(all.map((writer) => writer.yield(stopping())));
    },

    async settle() {
      const ids = await uploads.unverified(db, stepMax);
      const errors: unknown[] = [];
      // One that cannot be verified now does not keep the others from it.
      for (const id of ids) await verify(id).catch((error: unknown) => errors.push(error));
      await reap();
      if (errors.length > 0) throw new AggregateError(errors, "Not all uploads could be verified.");
      return ids.length === stepMax;
    },
  };
}

// The oldest goes: its octets are read once more.
function keepHash(hashes: Map<string, Running>, id: string, running: Running): void {
  hashes.set(id, running);
  const [oldest] = hashes.keys();
  if (hashes.size > hashesMax && oldest !== undefined) hashes.delete(oldest);
}
