// Bytes at rest, read again and held against their rows: what has rotted, been cut, or gone.
import { createHash } from "node:crypto";
import { isNotFound } from "../base/fault.js";
import { blobs, type BlobRow } from "../db/blobs.js";
import type { Db } from "../db/db.js";
import { readBlob } from "../store/read-blob.js";
import type { Store } from "../store/store.js";

export interface ScrubOptions {
  readonly db: Db;
  readonly store: Store;
  /** Begins after the blob of this id; empty for the first. */
  readonly after: string;
  readonly signal: AbortSignal;
  /** Awaited after each chunk: whoever wants it slower waits. */
  readonly pace: (octets: number) => Promise<void>;
}

export interface Scrubbed {
  readonly id: string;
  /** Octets that were read. */
  readonly size: number;
  /** What is wrong; undefined for one that is as it was. */
  readonly finding?: {
    readonly kind: "missing" | "unreadable" | "size" | "digest";
    readonly detail: string;
  };
}

const pageSize = 100;

/** Each blob in the order of ids. Ends early, between two chunks, when the signal is aborted. */
export async function* scrub(options: ScrubOptions): AsyncGenerator<Scrubbed> {
  const { db, signal } = options;
  for (let after = options.after; ;) {
    const page = await blobs.page(db, { after, limit: pageSize });
    for (const row of page) {
      const found = await scrubOne(options, row);
      if (signal.aborted) return;
      if (found) yield found;
    }
    if (page.length < pageSize) return;
    after = page.at(-1)?.reference.id ?? after;
  }
}

/** Undefined for one that was deleted meanwhile. */
async function scrubOne(
  { db, store, signal, pace }: ScrubOptions,
  { key, reference }: BlobRow,
): Promise<Scrubbed | undefined> {
  const { id, size: want, sha256 } = reference;
  const hash = createHash("sha256");
  let size = 0;
  try {
    for await (const chunk of readBlob(store, key)) {
      hash.update(chunk);
      size += chunk.length;
      await pace(chunk.length);
      if (signal.aborted) return undefined;
    }
  } catch (error) {
    if (!(await blobs.get(db, id))) return undefined;
    return { id, size, finding: unreadable(error) };
  }
  const digest = hash.digest("hex");
  if (size === want && digest === sha256) return { id, size };
  const finding =
    size === want
      ? ({ kind: "digest", detail: `The SHA-256 is ${digest}, and was ${sha256}.` } as const)
      : ({ kind: "size", detail: `There are ${size} octets, and were ${want}.` } as const);
  return { id, size, finding };
}

/** One file that cannot be read must not keep the others from being read. */
function unreadable(error: unknown): Scrubbed["finding"] {
  if (isNotFound(error)) return { kind: "missing", detail: "There are no bytes." };
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  const why = cause instanceof Error ? cause.message : String(cause);
  return { kind: "unreadable", detail: `The bytes cannot be read: ${why}` };
}
