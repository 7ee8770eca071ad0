// All files of one request: those that it brings, and those that it names by the token of an upload or by a URL. Each is
// bound to its resource in the transaction that makes or changes it.
import { isWaybillError, WaybillError } from "../base/fault.js";
import { createUuid } from "../base/id.js";
import { parsePointer } from "../base/pointer.js";
import type { ClaimedFile, FileClaim, FileSinks } from "../base/sink.js";
import { blobs, type BlobRow } from "../db/blobs.js";
import type { Sql } from "../db/db.js";
import { mayBeCommitted } from "../db/uncertain-commit.js";
import type { Ingest, Ingested } from "./ingest.js";
import type { RemoteFiles } from "./remote-files.js";
import { createUrlFiles } from "./url-files.js";
import type { ClaimedUpload, UploadBinding, Uploads } from "./uploads.js";

export interface RequestFiles extends FileSinks {
  /** One that this request brought, by the id of its reference, to be kept elsewhere. */
  received(id: string): Ingested | undefined;
  /** Where the store has a file of this request, brought or claimed; undefined for one that is not its own. */
  key(id: string): string | undefined;
  /** Within the transaction that attaches it: the row of its blob, which it resolves to, or the end of its token. */
  bind(sql: Sql, id: string, nowMs: number): Promise<BlobRow | undefined>;
  /** The request may repeat another, which tells whether it was answered: then what is gone meanwhile is no fault. */
  repeats(isAnswered: () => Promise<boolean>): void;
  /** For code that does with them what it likes: what was claimed becomes as if brought, and its tokens are used. */
  takeClaimed(): Promise<void>;
  /** Their rows are committed: from here on nothing here deletes them. */
  keep(ids: Iterable<string>): void;
  /**
   * Deletes what was brought and is not kept; what was claimed stays with its upload. `failure` is what the request failed
   * with, if it did. Never rejects.
   */
  discardAll(failure?: unknown): Promise<void>;
}

export interface RequestFilesOptions {
  readonly ingest: Ingest;
  readonly uploads: Uploads | undefined;
  /** Who names uploads, and by which operation; `property` where the whole body is about one. Without it nobody may. */
  readonly by: UploadBinding | undefined;
  /** The request has an Idempotency-Key: what it names may have been used by the one that it repeats. */
  readonly mayRepeat?: boolean;
  /** Where files may be fetched from; undefined for nowhere. */
  readonly remote?: RemoteFiles | undefined;
  /** Is the URL one of this API? What it names is here. */
  readonly isOwnUrl?: (url: string) => boolean;
  /** Whether anybody is there still: for whom nobody is, nothing is fetched. */
  readonly gone?: (() => AbortSignal) | undefined;
  /** Which of these keys have a row that is committed. */
  readonly committed: (keys: readonly string[]) => Promise<ReadonlySet<string>>;
}

export function openRequestFiles({
  ingest,
  uploads,
  by,
  mayRepeat = false,
  remote,
  isOwnUrl = () => false,
  gone,
  committed,
}: RequestFilesOptions): RequestFiles {
  const session = ingest.session();
  const claimed = new Map<string, ClaimedUpload>();
  const taken: ClaimedUpload[] = [];
  const urls = remote && createUrlFiles(remote, session, gone);
  /** Those that a transaction was to keep, and of which nobody has said that it did. */
  const doubtful = new Map<string, Ingested>();

  const claimOrRecall = async (
    from: Uploads,
    ...[token, to, how]: Parameters<Uploads["claim"]>
  ): Promise<ClaimedUpload> => {
    try {
      return await from.claim(token, to, how);
    } catch (error) {
      const isUsed = mayRepeat && isWaybillError(error) && error.code === "upload-not-usable";
      const used = isUsed ? await from.recall(token, to) : undefined;
      // Of a request that repeats nothing: attaching it says so.
      if (used) return used;
      throw error;
    }
  };

  const claimer =
    (from: Uploads, { property: whole, ...by }: UploadBinding) =>
    async (token: string, how: FileClaim): Promise<ClaimedFile> => {
      const property = whole ?? parsePointer(how.pointer)[0] ?? null;
      const found = await claimOrRecall(from, token, { ...by, property }, how);
      const { reference, content } = found;
      if (claimed.has(reference.id)) throw twice();
      claimed.set(reference.id, found);
      return { reference, content };
    };

  return {
    open: (intent) => session.open(intent),
    ...(uploads && by ? { claim: claimer(uploads, by) } : {}),
    ...(urls && by
      ? { byUrl: { takes: (url) => !isOwnUrl(url), fetch: (url, how) => urls.fetch(url, how) } }
      : {}),
    received(id) {
      const file = session.file(id);
      if (file) doubtful.set(id, file);
      return file;
    },
    key: (id) => session.file(id)?.key ?? claimed.get(id)?.key,
    async bind(sql, id, nowMs) {
      const upload = claimed.get(id);
      if (upload && uploads) {
        await uploads.attach(sql, upload);
        return undefined;
      }
      const file = session.file(id);
      if (!file) throw new Error(`The file ${id} is not one of this request.`);
      const { url, etag } = urls?.elsewhere(id) ?? {};
      const { reference, key } = file;
      if (url === undefined) doubtful.set(id, file);
      // Under a key of its own, which nothing is stored under: the bytes that were looked at go with the request.
      const row =
        url === undefined
          ? { reference, key, createdAt: nowMs }
          : { reference: { ...reference, url }, key: createUuid(nowMs), createdAt: nowMs, etag };
      await blobs.insert(sql, row);
      return row;
    },
    repeats: (isAnswered) => urls?.repeats(isAnswered),
    async takeClaimed() {
      if (!uploads || claimed.size === 0) return;
      await uploads.take([...claimed.values()]);
      taken.push(...claimed.values());
    },
    keep(ids) {
      const kept = [...ids].filter((id) => !urls?.elsewhere(id));
      session.keep(kept);
      for (const id of kept) doubtful.delete(id);
    },
    async discardAll(failure) {
      await urls?.stop();
      // A COMMIT that is still under way gives them a row after anybody asks: they are left to the sweeps.
      session.keep(
        mayBeCommitted(failure) ? doubtful.keys() : await stillNamed(doubtful, committed),
      );
      await Promise.all([session.discardAll(), ...taken.map(({ key }) => ingest.discard(key))]);
    },
  };
}

/** As `work` ends; what it did not keep is deleted then. */
export async function discardAfter<Value>(
  files: RequestFiles,
  work: () => Promise<Value>,
): Promise<Value> {
  let failure: unknown;
  try {
    return await work();
  } catch (error) {
    failure = error;
    throw error;
  } finally {
    await files.discardAll(failure);
  }
}

/** A request may fail after its rows were committed: what has a row then, or may have, is not deleted. */
async function stillNamed(
  files: ReadonlyMap<string, Ingested>,
  committed: RequestFilesOptions["committed"],
): Promise<string[]> {
  if (files.size === 0) return [];
  const keys = [...files.values()].map(({ key }) => key);
  // Without an answer they are left to the sweeps.
  const named = await committed(keys).catch(() => new Set(keys));
  return [...files].flatMap(([id, { key }]) => (named.has(key) ? [id] : []));
}

function twice(): WaybillError {
  const detail = "The same upload is named twice; a token can be used once.";
  return new WaybillError({ code: "upload-not-usable", detail });
}
