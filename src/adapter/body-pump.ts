// Moves a Node stream into `write`, by 'data' events with pause and resume. Knows streams, not HTTP.
// An async iterator costs a promise a chunk, and a Web stream a quarter of the throughput.
import type { Readable } from "node:stream";
import type { Pace } from "../http/exchange.js";
import { clientGone, requestTimeout } from "./body-fault.js";
import { watchPace, type PaceWatch, type Slowness } from "./pace-watch.js";

type Write = (chunk: Uint8Array) => void | Promise<void>;

/** One run over one stream. Settles only when no chunk is with `write`; leaves a failed stream paused. */
export class BodyPump {
  readonly #source: Readable;
  readonly #write: Write;
  #watch: PaceWatch | undefined;
  #bytes = 0;
  #isHeld = false;
  #isOver = false;
  #failure: { readonly error: unknown } | undefined;
  #settle: ((failure: { readonly error: unknown } | undefined) => void) | undefined;

  constructor(source: Readable, write: Write) {
    this.#source = source;
    this.#write = write;
  }

  run(pace: Pace): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#settle = (failure) => (failure ? reject(failure.error) : resolve());
      if (this.#source.destroyed) return this.#fail(clientGone(0));
      this.#watch = watchPace(pace, () => this.#isHeld, this.#onSlow);
      this.#source.on("end", this.#onEnd);
      this.#source.on("aborted", this.#onGone);
      this.#source.on("error", this.#onGone);
      this.#source.on("close", this.#onGone);
      this.#source.on("data", this.#onData);
      this.#source.resume();
    });
  }

  readonly #onData = (chunk: Uint8Array): void => {
    if (this.#isOver) return;
    this.#bytes += chunk.length;
    this.#watch?.count(chunk.length);
    try {
      const taken = this.#write(chunk);
      if (taken) this.#hold(taken);
    } catch (error) {
      this.#fail(error);
    }
  };

  #hold(taken: Promise<void>): void {
    this.#isHeld = true;
    this.#source.pause();
    taken.then(
      () => {
        this.#isHeld = false;
        if (this.#isOver) this.#finish();
        else this.#source.resume();
      },
      (error: unknown) => {
        this.#isHeld = false;
        this.#fail(error);
      },
    );
  }

  readonly #onEnd = (): void => {
    this.#isOver = true;
    this.#finish();
  };

  readonly #onGone = (cause?: unknown): void => {
    if (!this.#isOver) this.#fail(clientGone(this.#bytes, cause));
  };

  readonly #onSlow = (slowness: Slowness): void => {
    this.#fail(requestTimeout(slowness, this.#bytes));
  };

  #fail(error: unknown): void {
    this.#failure ??= { error };
    this.#isOver = true;
    this.#finish();
  }

  #finish(): void {
    const settle = this.#settle;
    if (this.#isHeld || !settle) return;
    this.#settle = undefined;
    this.#watch?.stop();
    this.#source.off("data", this.#onData);
    this.#source.off("end", this.#onEnd);
    this.#source.off("aborted", this.#onGone);
    this.#source.off("error", this.#onGone);
    this.#source.off("close", this.#onGone);
    if (this.#failure) this.#source.pause();
    settle(this.#failure);
  }
}
