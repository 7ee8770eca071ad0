// Where bytes live: immutable blobs under keys that are never reused. A store knows neither rows nor
// requests; what a key stands for is for others to say.

/** Every method that touches the storage rejects with `unavailable` when the storage does not answer. */
export interface Store {
  /**
   * Begins a blob. It can be read and is listed once `close` has resolved, not before.
   * `key` is a UUID of version 7 in lower case that the caller has never used.
   */
  create(key: string): BlobWriter;
  /** Rejects with `not-found` when there is no such blob. */
  open(key: string): Promise<BlobReader>;
  /** Durable when it resolves. A key that is not there is no error. */
  delete(key: string): Promise<void>;
  /** Every closed blob in no order; `size` in octets. Changes made meanwhile may or may not be seen. */
  list(): AsyncIterable<{ key: string; size: number }>;
  /** Removes what unfinished writers left before this store was opened; resolves to how many they were. */
  sweep(): Promise<number>;
  /** Where the blob lies as a local file, when it is one. */
  path?(key: string): string | undefined;
  /** For blobs that come in over several sittings; absent where the storage has no way for it. */
  readonly partial?: PartialBlobs;
  /** For blobs that are suspected of being nobody's; absent where the storage has no way for it. */
  readonly quarantine?: Quarantine;
}

/** Blobs that are put aside before they are deleted: neither read nor listed as blobs, until they are brought back. */
export interface Quarantine {
  /** Durable when it resolves. False when there is no such blob. */
  put(key: string): Promise<boolean>;
  /** It is a blob again. False when it is not in here. */
  restore(key: string): Promise<boolean>;
  /** For good. A key that is not in here is no error. */
  delete(key: string): Promise<void>;
  /** In no order; `sinceMs` is when it was put here. */
  list(): AsyncIterable<{ key: string; size: number; sinceMs: number }>;
}

/** Blobs that are not whole yet: neither read nor listed as blobs. `Store.delete` deletes these as well. */
export interface PartialBlobs {
  /**
   * Goes on at `offset`, from 0 for a new one: what lies beyond is cut off. One writer at a time is the
   * caller's to see to. Rejects with `not-found` when fewer octets than that are there.
   */
  open(key: string, offset: number): Promise<PartialWriter>;
  /** It is whole: a blob, durable and visible when it resolves. One that is a blob already is no error. */
  finish(key: string): Promise<void>;
  /** Keys in no order. */
  list(): AsyncIterable<string>;
}

export interface PartialWriter {
  /** They may be reused once the promise settles. One call at a time. */
  write(bytes: Uint8Array): Promise<void>;
  /** What was written is durable when it resolves. */
  sync(): Promise<void>;
  /** Takes away what stands from this offset on; absent where others may be writing by now. */
  truncate?(offset: number): Promise<void>;
  /** Gives back what it holds; what was written stays. */
  close(): Promise<void>;
}

export interface ByteRange {
  readonly start: number;
  /** Inclusive. */
  readonly end: number;
}

/** One blob, whose bytes stay as they are until it is closed, also when it is deleted meanwhile. */
export interface BlobReader {
  /**
   * The bytes from octet `start` to octet `end`, both inclusive, or all of them; any number of times.
   * Each chunk is the reader's to keep.
   */
  read(range?: ByteRange): AsyncIterable<Uint8Array>;
  /** To be called once nothing is read any more; of no effect after the first time. */
  close(): Promise<void>;
}

/** One blob on its way in. The first error is final; after it, `abort` is still to be called. */
export interface BlobWriter {
  /** Takes the bytes. They may be reused once the promise settles, or at once when there is none. */
  write(bytes: Uint8Array): void | Promise<void>;
  /** The blob is durable and visible when it resolves. */
  close(): Promise<void>;
  /** Leaves nothing behind. Safe at any time, also after `close`: then the blob is deleted. */
  abort(): Promise<void>;
}
