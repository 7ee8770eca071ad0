// The wall between decoding a body and keeping its files: `body` writes into sinks, `upload` makes them.
import type { FileReference } from "./file-reference.js";

/** What is known of a file when its first byte arrives. */
export interface FileIntent {
  /** As the client gave it; untrusted. */
  readonly filename?: string;
  /** The media type that the client declared, if any. */
  readonly declaredType?: string;
  /** What the schema allows, as media types or ranges; empty for anything. Checked against the bytes on close. */
  readonly allowedTypes: readonly string[];
  /** Octets; the file fails with `file-too-large` at the first one past it. */
  readonly bytesMax: number;
  /** Pixels, if every allowed type is an image: the bytes must decode as one. */
  readonly imagePixelsMax?: number;
}

/**
 * One file on its way into the store. One call at a time: the next `write`, or `close`, only when the
 * promise of the last has settled. First error is final; after it, `abort` is still to be called.
 */
export interface FileSink {
  /** Takes the bytes (they may be reused after the promise settles, or at once if there is none). */
  write(bytes: Uint8Array): void | Promise<void>;
  /** Bytes are durable and fit the intent when it resolves. Rejects with `file-type-not-allowed`, `not-an-image`, `image-too-large`. */
  close(): Promise<FileReference>;
  /** Leaves nothing behind. Safe at any time, also after `close`: then the stored bytes are deleted. */
  abort(): Promise<void>;
}

/** Opens one sink for each file of a request. */
export interface FileSinks {
  open(intent: FileIntent): FileSink;
  /**
   * A file that was uploaded before, by its token: checked as if its bytes came now, and not yet taken. Rejects
   * with `upload-not-usable` beside what `close` of a sink does. Absent where there are no uploads.
   */
  claim?(token: string, claim: FileClaim): Promise<ClaimedFile>;
  /** Files by their URL. Absent where there are none. */
  readonly byUrl?: UrlSinks;
}

export interface UrlSinks {
  /** False for what is no URL of elsewhere: one of this API names what is here. */
  takes(url: string): boolean;
  /** Checked as if its bytes came inline. Rejects with `url-not-allowed` and `url-not-usable` beside what a sink does. */
  fetch(url: string, claim: UrlClaim): Promise<ClaimedFile>;
}

export interface ClaimedFile {
  readonly reference: FileReference;
  /** Its octets, where the claim asks for them and they are no more than it says. */
  readonly content: Uint8Array | undefined;
}

export interface UrlClaim extends FileClaim {
  /** It is looked at, and stays where it is. */
  readonly byReference: boolean;
}

export interface FileClaim {
  readonly intent: FileIntent;
  /** JSON Pointer of the file's place in the body's value. */
  readonly pointer: string;
  /** How many octets, at most, are to be looked at; undefined for none. */
  readonly contentBytesMax?: number | undefined;
  /** Throws for a size that the intent's `bytesMax` does not say; called before the bytes are looked at. */
  checkSize(size: number): void;
}
