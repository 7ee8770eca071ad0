// A request's body whose octets are pushed by whoever reads the message around it, one piece at a time.
import { createDeferred } from "../base/deferred.js";
import type { RequestBody } from "./exchange.js";

type Write = (chunk: Uint8Array) => void | Promise<void>;

export class PushedBody implements RequestBody {
  readonly present: boolean;
  readonly #begun = createDeferred<Write>();
  readonly #ended = createDeferred<void>();

  constructor(present: boolean) {
    this.present = present;
  }

  pump(write: Write): Promise<void> {
    this.#begun.resolve(write);
    return this.#ended.promise;
  }

  /** Resolves when more is welcome; never, where nobody reads it. Rejects when whoever reads it has failed. */
  async push(chunk: Uint8Array): Promise<void> {
    const write = await this.#begun.promise;
    try {
      await write(chunk);
    } catch (error) {
      this.fail(error);
      throw error;
    }
  }

  end(): void {
    this.#ended.resolve();
  }

  /** No more will come: whoever reads it is told why. */
  fail(error: unknown): void {
    this.#ended.reject(error);
  }
}
