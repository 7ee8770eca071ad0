// Drives one zlib stream as a push machine: octets in, decoded chunks out in order, one at a time.
// Knows one coding at a time, and no limits.
import { WaybillError } from "../base/fault.js";
import type { ContentCoding, Inflater } from "./content-coding.js";

type Write = (chunk: Uint8Array) => void | Promise<void>;

interface Waiter {
  isDone(): boolean;
  resolve(): void;
  reject(error: unknown): void;
}

/** The first error is final. After any outcome, `close` is still to be called. */
export class ContentInflater {
  readonly #coding: ContentCoding;
  readonly #deliver: Write;
  #head: Uint8Array | undefined = new Uint8Array(0);
  #stream: Inflater | undefined;
  #takenBytes = 0;
  #madeBytes = 0;
  #isDelivering = false;
  #hasEnded = false;
  #failure: { readonly error: unknown } | undefined;
  #waiter: Waiter | undefined;

  constructor(coding: ContentCoding, deliver: Write) {
    this.#coding = coding;
    this.#deliver = deliver;
  }

  /** Resolves when all that follows from the chunk is delivered. Rejects with what `deliver` threw, or `malformed-encoding`. */
  async write(chunk: Uint8Array): Promise<void> {
    if (chunk.length === 0) return;
    const ready = this.#head ? Buffer.concat([this.#head, chunk]) : chunk;
    // Two octets tell which kind of "deflate" it is.
    this.#head = this.#head && ready.length < 2 ? ready : undefined;
    if (!this.#head) await this.#push(this.#open(ready), ready);
  }

  /** Resolves when everything is delivered. Rejects as `write` does, also when the data is incomplete. */
  async end(): Promise<void> {
    const head = this.#head ?? new Uint8Array(0);
    const stream = this.#open(head);
    if (head.length > 0) await this.#push(stream, head);
    await this.#until(
      () => this.#hasEnded,
      () => stream.end(),
    );
    if (stream.bytesWritten !== this.#takenBytes) throw this.#trailingData();
  }

  close(): void {
    this.#stream?.destroy();
  }

  #open(head: Uint8Array): Inflater {
    if (this.#stream) return this.#stream;
    const stream = this.#coding.open(head.subarray(0, 2));
    stream.on("data", (decoded: Uint8Array) => this.#hand(stream, decoded));
    stream.on("error", (cause) => this.#fail(this.#corrupt(cause)));
    stream.on("end", () => {
      // node:zlib drops what follows the end of the data, and never calls back for it.
      if (!stream.writableEnded) this.#fail(this.#trailingData());
      this.#hasEnded = true;
      this.#advance();
    });
    this.#stream = stream;
    return stream;
  }

  #push(stream: Inflater, chunk: Uint8Array): Promise<void> {
    let isConsumed = false;
    this.#takenBytes += chunk.length;
    return this.#until(
      () => isConsumed && stream.readableLength === 0,
      () =>
        stream.write(chunk, () => {
          isConsumed = true;
          this.#advance();
        }),
    );
  }

  #until(isDone: () => boolean, start: () => void): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#waiter = { isDone, resolve, reject };
      if (!this.#failure) start();
      this.#advance();
    });
  }

  // Settles what is awaited, but never while a chunk is with the receiver.
  #advance(): void {
    const waiter = this.#waiter;
    if (!waiter || this.#isDelivering) return;
    if (!this.#failure && !waiter.isDone()) return;
    this.#waiter = undefined;
    if (this.#failure) waiter.reject(this.#failure.error);
    else waiter.resolve();
  }

  #hand(stream: Inflater, decoded: Uint8Array): void {
    if (this.#failure) return;
    this.#madeBytes += decoded.length;
    try {
      const done = this.#deliver(decoded);
      if (done) this.#hold(stream, done);
    } catch (error) {
      this.#fail(error);
    }
    this.#advance();
  }

  #hold(stream: Inflater, done: Promise<void>): void {
    this.#isDelivering = true;
    stream.pause();
    const release = () => {
      this.#isDelivering = false;
      stream.resume();
      this.#advance();
    };
    done.then(release, (error: unknown) => {
      this.#isDelivering = false;
      this.#fail(error);
    });
  }

  #fail(error: unknown): void {
    this.#failure ??= { error };
    this.#stream?.destroy();
    this.#advance();
  }

  #corrupt(cause: Error): WaybillError {
    const isShort = "code" in cause && cause.code === "Z_BUF_ERROR";
    const detail = isShort
      ? "The compressed body ends too early."
      : "The compressed body is corrupt.";
    return this.#malformed(detail, cause);
  }

  #trailingData(): WaybillError {
    return this.#malformed("The compressed body goes on after the end of its data.");
  }

  #malformed(detail: string, cause?: Error): WaybillError {
    const fault = { code: "malformed-encoding", detail, offset: this.#madeBytes } as const;
    return new WaybillError(fault, { cause });
  }
}
