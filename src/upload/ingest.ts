// Files of requests into the store: one session a request, which keeps book of what it has stored
// until a transaction keeps it. Knows neither rows nor schemas.
import { createUuid } from "../base/id.js";
import { FileIntake } from "./file-intake.js";
import type { Clock } from "../base/clock.js";
import type { FileReference } from "../base/file-reference.js";
import type { Limits } from "../base/limits.js";
import type { FileIntent, FileSink, FileSinks } from "../base/sink.js";
import type { Store } from "../store/store.js";

export interface IngestOptions {
  readonly store: Store;
  readonly clock: Clock;
  /** An intent can only be tighter. */
  readonly limits: Pick<Limits, "fileBytesMax" | "imagePixelsMax">;
}

export interface Ingest {
  session(): IngestSession;
  /** Bytes that no row names. Never rejects: what cannot be deleted is left to the sweeps. */
  discard(key: string): Promise<void>;
}

/** A file that is stored, and what its row needs. */
export interface Ingested {
  readonly reference: FileReference;
  /** Where the store has the bytes. */
  readonly key: string;
  readonly createdAt: number;
  /** As the client said it. */
  readonly declaredType: string | undefined;
}

/** The files of one request. */
export interface IngestSession extends FileSinks {
  /** Those closed and not aborted, in the order of opening. */
  files(): Ingested[];
  /** The one with this id of a reference, if it is this session's. */
  file(id: string): Ingested | undefined;
  /** Their rows are committed: from here on nothing here deletes them. */
  keep(ids: Iterable<string>): void;
  /** Gives up all that are not kept, finished or not, and deletes their bytes. Never rejects: what cannot be deleted is left to the sweeps. */
  discardAll(): Promise<void>;
}

export function createIngest(options: IngestOptions): Ingest {
  return {
    session: () => createSession(options),
    discard: (key) => options.store.delete(key).then(ignore, ignore),
  };
}

function ignore(): void {}

interface Entry {
  readonly sink: FileSink;
  ingested?: Ingested;
  kept: boolean;
}

function createSession(options: IngestOptions): IngestSession {
  const entries = new Set<Entry>();
  const files = (): Ingested[] => [...entries].flatMap(({ ingested }) => ingested ?? []);
  return {
    open(intent) {
      const entry: Entry = createEntry(options, intent, () => entries.delete(entry));
      entries.add(entry);
      return entry.sink;
    },
    files,
    file: (id) => files().find(({ reference }) => reference.id === id),
    keep(ids) {
      const kept = new Set(ids);
      for (const entry of entries) {
        if (entry.ingested && kept.has(entry.ingested.reference.id)) entry.kept = true;
      }
    },
    async discardAll() {
      await Promise.allSettled([...entries].map(({ sink }) => sink.abort()));
    },
  };
}

function createEntry(
  { store, clock, limits }: IngestOptions,
  wanted: FileIntent,
  forget: () => void,
): Entry {
  const createdAt = clock.now();
  const key = createUuid(createdAt);
  const intake = new FileIntake({
    store,
    key,
    id: createUuid(createdAt),
    intent: within(wanted, limits),
  });
  const entry: Entry = {
    kept: false,
    sink: {
      write: (bytes) => intake.write(bytes),
      async close() {
        const reference = await intake.close();
        entry.ingested ??= { reference, key, createdAt, declaredType: wanted.declaredType };
        return reference;
      },
      async abort() {
        if (entry.kept) return;
        forget();
        await intake.abort();
      },
    },
  };
  return entry;
}

function within(intent: FileIntent, limits: IngestOptions["limits"]): FileIntent {
  const bytesMax = Math.min(intent.bytesMax, limits.fileBytesMax);
  if (intent.imagePixelsMax === undefined) return { ...intent, bytesMax };
  return {
    ...intent,
    bytesMax,
    imagePixelsMax: Math.min(intent.imagePixelsMax, limits.imagePixelsMax),
  };
}
