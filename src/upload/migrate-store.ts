// Blobs from one store to another, beside servers that use both: each that a row names is copied, held against its
// digest on its way and again from the target. May be cut off anywhere and run again. Changes no row, and nothing in the source.
import { createHash } from "node:crypto";
import { isNotFound } from "../base/fault.js";
import { blobs, type BlobRow } from "../db/blobs.js";
import type { Db } from "../db/db.js";
import { uploads } from "../db/uploads.js";
import { hasBlob } from "../store/has-blob.js";
import { readBlob } from "../store/read-blob.js";
import type { Store } from "../store/store.js";

export interface MigrateOptions {
  readonly db: Db;
  readonly from: Store;
  readonly to: Store;
  /** Begins after the blob of this id; empty for the first. */
  readonly after: string;
  /** Whether what is in the target is read again. */
  readonly readBack: boolean;
  /** Blobs that are copied at a time. */
  readonly atOnce: number;
  readonly signal: AbortSignal;
}

export interface Migrated {
  readonly id: string;
  readonly key: string;
  /** Octets. */
  readonly size: number;
  /** `there`: in the target already; `gone`: its row was deleted meanwhile; `failed`: see the finding. */
  readonly what: "copied" | "there" | "gone" | "failed";
  readonly finding?: Finding;
}

export interface Finding {
  readonly kind: "missing" | "digest" | "unreadable" | "unwritable";
  readonly detail: string;
}

const pageSize = 200;

/** Each in the order of ids; ends early when the signal is aborted. */
export async function* migrateBlobs(options: MigrateOptions): AsyncGenerator<Migrated> {
  const { db, atOnce, signal } = options;
  const running: Promise<Migrated>[] = [];
  try {
    for (let after = options.after; ;) {
      const page = await blobs.page(db, { after, limit: pageSize });
      for (const row of page) {
        if (signal.aborted) return;
        running.push(migrateOne(options, row));
        const oldest = running.length === atOnce ? running.shift() : undefined;
        if (oldest) yield await oldest;
      }
      if (page.length < pageSize) break;
      after = page.at(-1)?.reference.id ?? after;
    }
    for (let oldest = running.shift(); oldest; oldest = running.shift()) yield await oldest;
  } finally {
    await Promise.allSettled(running);
  }
}

/** Keys that are needed, and that only the source has: blobs that rows name, and uploads that have not come to an end. */
export async function* leftBehind({
  db,
  from,
  to,
  signal,
}: Omit<MigrateOptions, "after" | "readBack" | "atOnce">): AsyncGenerator<{
  key: string;
  what: "blob" | "upload";
}> {
  let page: string[] = [];
  const needed = async function* (): ReturnType<typeof leftBehind> {
    const missing: string[] = [];
    for (const key of page) if (!(await hasBlob(to, key))) missing.push(key);
    page = [];
    // The rows last: what was deleted meanwhile is not needed.
    const coming = await uploads.keysAmong(db, missing);
    const named = await blobs.keysAmong(db, missing);
    for (const key of missing)
      if (named.has(key)) yield { key, what: "blob" };
      else if (coming.has(key)) yield { key, what: "upload" };
  };
  for await (const key of keysOf(from)) {
    if (signal.aborted) return;
    if (page.push(key) === pageSize) yield* needed();
  }
  yield* needed();
}

async function* keysOf(store: Store): AsyncGenerator<string> {
  yield* store.partial?.list() ?? [];
  for await (const { key } of store.list()) yield key;
}

async function migrateOne(options: MigrateOptions, row: BlobRow): Promise<Migrated> {
  const { db, to } = options;
  const { key, reference } = row;
  const { id, size } = reference;
  try {
    const what = await bring(options, row);
    // Deleted meanwhile, perhaps before it was here: then nobody else will delete it.
    if (await blobs.get(db, id)) return { id, key, size, what };
    if (what === "copied") await to.delete(key);
    return { id, key, size, what: "gone" };
  } catch (error) {
    if (!(await blobs.get(db, id))) return { id, key, size, what: "gone" };
    return { id, key, size, what: "failed", finding: findingOf(error) };
  }
}

async function bring(options: MigrateOptions, row: BlobRow): Promise<"copied" | "there"> {
  const { from, to, readBack } = options;
  const { key } = row;
  if (await hasBlob(to, key)) {
    if (!readBack || (await isWhole(to, row))) return "there";
    // What the source does not have is all that there is of it.
    if (!(await isWhole(from, row).catch(() => false))) throw new Damaged(onlyDamaged);
    await to.delete(key);
  }
  await copy(options, row);
  if (!readBack || (await isWhole(to, row))) return "copied";
  await to.delete(key);
  throw new Damaged(`What came back from the target is ${notLeft}`);
}

class Damaged extends Error {}

const notLeft = "not what the row says; nothing of it was left in the target.";
const onlyDamaged =
  "The target's bytes are not what the row says, and the source has no better ones; they were left.";

class Unwritable extends Error {}

async function copy({ from, to }: MigrateOptions, { key, reference }: BlobRow): Promise<void> {
  const hash = createHash("sha256");
  const writer = to.create(key);
  try {
    for await (const chunk of readBlob(from, key)) {
      hash.update(chunk);
      await written(() => writer.write(chunk));
    }
    if (hash.digest("hex") !== reference.sha256)
      throw new Damaged(`The source's bytes are ${notLeft}`);
    await written(() => writer.close());
  } catch (error) {
    await writer.abort();
    throw error;
  }
}

async function written(work: () => void | Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    throw new Unwritable(messageOf(error), { cause: error });
  }
}

/** Rejects when it cannot be read. */
async function isWhole(store: Store, { key, reference }: BlobRow): Promise<boolean> {
  const hash = createHash("sha256");
  for await (const chunk of readBlob(store, key)) hash.update(chunk);
  return hash.digest("hex") === reference.sha256;
}

function findingOf(error: unknown): Finding {
  const detail = messageOf(error);
  if (error instanceof Damaged) return { kind: "digest", detail };
  if (error instanceof Unwritable)
    return { kind: "unwritable", detail: `The target cannot be written: ${detail}` };
  if (isNotFound(error)) return { kind: "missing", detail: "There are no bytes in either store." };
  return { kind: "unreadable", detail: `The bytes cannot be read: ${detail}` };
}

function messageOf(error: unknown): string {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  return cause instanceof Error ? cause.message : String(cause);
}
