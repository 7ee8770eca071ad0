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
  /** Removes what unfinished writers left before this store was opened; resolves to how many they were. Where nobody else writes. */
  sweep(): Promise<number>;
  /** Beside others that write: what unfinished writers began before then, and left. Absent where `sweep` does it all. */
  sweepAbandoned?(beforeMs: number): Promise<number>;
  /** Where the blob lies as a local file, when it is one. */
  path?(key: string): string | undefined;
  /** For blobs that come in over several sittings; absent where the storage has no way for it. */
  readonly partial?: PartialBlobs;
  /** For blobs that are suspected of being nobody's; absent where the storage has no way for it. */
  readonly quarantine?: Quarantine;
  /** Signed URLs, with which clients and the storage do without the server between them; absent where it has none. */
  readonly signed?: SignedUrls;
  /**
   * How long bytes must outlive their row, since the storage may be reading them for somebody: 0 unless told. A store
   * whose open blobs cannot be read once they are deleted has more.
   */
  readonly graceMs?: number;
}

/** What stands in the answer to whoever reads a signed URL. */
export interface SignedRead {
  /** How long the URL lives. */
  readonly expiresMs: number;
  readonly mediaType: string;
  /** The whole field value of Content-Disposition. */
  readonly contentDisposition: string;
}

/** What is to be sent: signed into the URL as far as the storage can hold its sender to it. */
export interface DirectRequest {
  readonly expiresMs: number;
  /** Octets, exactly. */
  readonly size: number;
  readonly mediaType: string;
  /** SHA-256 in hexadecimal. */
  readonly sha256: string | undefined;
  /** How the client would like to send; the storage has its own mind where it has no such way. */
  readonly method: "PUT" | "POST" | "parts" | undefined;
}

/** One request that the client makes. */
export interface SignedRequest {
  readonly method: "PUT" | "POST";
  readonly url: string;
  /** To be sent as they are. */
  readonly headers: Readonly<Record<string, string>>;
}

/** How the client is to send. */
export type DirectPlan =
  /** The octets as the body. */
  | ({ readonly kind: "put" } & SignedRequest)
  /** multipart/form-data: these fields in this order, and last the octets as `file`. */
  | ({ readonly kind: "form"; readonly fields: Readonly<Record<string, string>> } & SignedRequest)
  /** Each part by itself, in any order, several at once. */
  | {
      readonly kind: "parts";
      /** Octets from `offset` on, `size` of them. */
      readonly parts: readonly (SignedRequest & {
        readonly offset: number;
        readonly size: number;
      })[];
    }
  /** A session: the octets as the body with Content-Range, over as many requests as it takes. */
  | ({ readonly kind: "session" } & SignedRequest);

export interface DirectUpload {
  readonly plan: DirectPlan;
  /** What the storage needs to know again at the end; may hold secrets, and is for nobody but the storage. */
  readonly session: string;
}

export interface StoredObject {
  readonly size: number;
  /** Another one when other octets are there. */
  readonly version: string;
  /** Only where the storage itself has computed it from the octets it has. */
  readonly sha256: string | undefined;
}

export interface SignedUrls {
  /** To GET the blob, with Range. Not to HEAD it: S3 signs the method. */
  read(key: string, how: SignedRead): Promise<string>;
  /** Begins a blob that a client sends by itself. The key is a new one, as for `create`. */
  begin(key: string, wanted: DirectRequest): Promise<DirectUpload>;
  /**
   * The client says that all is sent: it is a blob, which no URL can change any more. May be repeated, also by another
   * process. Rejects with `not-found` when it is not all there; then the client may go on; with `upload-rejected` when
   * something else is there, of another size or type, and is deleted.
   */
  complete(key: string, session: string): Promise<StoredObject>;
  /** Nothing more is to come of it; what is there is deleted. Of one that is complete, too. */
  abort(key: string, session: string): Promise<void>;
  /** As it is now; undefined when it is gone. */
  stat(key: string): Promise<StoredObject | undefined>;
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
   * Goes on at the offset, from 0 for a new one: what lies beyond is cut off. Rejects with `not-found` when fewer octets
   * than that are there.
   */
  open(key: string, from: PartialPlace): Promise<PartialWriter>;
  /** It is whole, with this many octets: a blob, durable and visible when it resolves. One that is a blob already is no error. */
  finish(key: string, size: number): Promise<void>;
  /** Keys in no order. */
  list(): AsyncIterable<string>;
}

export interface PartialPlace {
  /** Octets before it are durable, and stay as they are. */
  readonly offset: number;
  /**
   * Higher with each writer of this key. In one process, the one before has been closed; one of another process may
   * still be writing, and what it writes from now on must never count.
   */
  readonly epoch: number;
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
