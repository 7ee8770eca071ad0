// What object storages have in common, as `object-store` needs it: each vendor's SDK stands behind one of these, in a
// file of its own that is loaded only when it is used. Names are paths like `a/b/c`; nothing here knows what they mean.
import type { BlobWriter, ByteRange, DirectRequest, DirectUpload, SignedRead } from "./store.js";

export interface BucketObject {
  readonly name: string;
  /** Octets. */
  readonly size: number;
  readonly modifiedMs: number;
}

export interface BucketStat {
  readonly size: number;
  /** Another one when other octets are there: an entity tag, or a generation. */
  readonly version: string;
  /** In hexadecimal, only where the storage has computed it itself. */
  readonly sha256: string | undefined;
}

/** Every method rejects with `unavailable` when the storage does not answer, after the SDK's own retries. */
export interface Bucket {
  /** Of unknown length, in bounded memory; visible and durable when `close` resolves, and not before. */
  write(name: string): BlobWriter;
  /** Undefined where there is none. */
  stat(name: string): Promise<BucketStat | undefined>;
  /** With a version, of that one alone. Rejects with `not-found`; with `unavailable` where it breaks off. */
  read(
    name: string,
    how: { readonly range?: ByteRange | undefined; readonly version?: string | undefined },
  ): AsyncIterable<Uint8Array>;
  /** One that is not there is no error. */
  delete(name: string): Promise<void>;
  /** Those whose names begin so, in the order of their names; whoever has written or deleted one sees it at once. */
  list(prefix: string): AsyncIterable<BucketObject>;
  /**
   * One object of the octets of others, in this order, which stay; one source is a copy. By the storage itself as far as
   * it can. Rejects with `not-found` when a source is gone. Where it fails, it leaves alone what stands under that name:
   * another process may have joined the same.
   */
  join(sources: readonly BucketObject[], to: string): Promise<void>;
  /** Ends uploads below such names that nobody has completed and that were begun before then; resolves to how many. */
  sweep(prefix: string, beforeMs: number): Promise<number>;
  readonly signed?: BucketSigned;
}

/** As `SignedUrls` of a store, by name. */
export interface BucketSigned {
  read(name: string, how: SignedRead): Promise<string>;
  /**
   * `aside` is where the octets may go instead, for `complete` to bring them to their name: where a URL could still write
   * to it then. What is left there is deleted once it is old.
   */
  begin(name: string, wanted: DirectRequest, aside: string): Promise<DirectUpload>;
  complete(name: string, session: string): Promise<BucketStat>;
  abort(name: string, session: string): Promise<void>;
}
