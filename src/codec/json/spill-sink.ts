// Small files stay in memory, larger ones go elsewhere: which one it is, is known only as the octets come.

/** Takes one file's octets. Calls come one after the other: what a call returns is awaited before the next. */
export interface ByteSink<Result> {
  /** The octets may be reused once the promise settles, or at once if there is none. */
  write(bytes: Uint8Array): void | Promise<void>;
  /** The file is complete. What it returns stands for the file. */
  close(): Result | Promise<Result>;
  /** Leaves nothing behind. Called once at most, also after `close`. */
  abort(): void | Promise<void>;
}

export interface SpillSinkOptions<Result> {
  /** Fewer octets than that stay in memory. */
  readonly thresholdBytes: number;
  /** Called once, when the threshold is reached. The sink gets everything from the first octet. */
  readonly open: () => ByteSink<Result> | Promise<ByteSink<Result>>;
}

const FIRST_SIZE = 1024;

/** A sink that closes with the octets themselves while they are few, else with what the opened sink says. */
export function createSpillSink<Result>(
  options: SpillSinkOptions<Result>,
): ByteSink<Uint8Array | Result> {
  return new SpillSink(options);
}

class SpillSink<Result> implements ByteSink<Uint8Array | Result> {
  readonly #options: SpillSinkOptions<Result>;
  #kept = new Uint8Array(0);
  #size = 0;
  #sink: ByteSink<Result> | undefined;

  constructor(options: SpillSinkOptions<Result>) {
    this.#options = options;
  }

  write(bytes: Uint8Array): void | Promise<void> {
    if (this.#sink) return this.#sink.write(bytes);
    if (this.#size + bytes.length >= this.#options.thresholdBytes) return this.#spill(bytes);
    this.#keep(bytes);
  }

  async close(): Promise<Uint8Array | Result> {
    // A threshold of 0 leaves not even an empty file in memory.
    if (!this.#sink && this.#options.thresholdBytes <= 0) await this.#spill(new Uint8Array(0));
    return this.#sink ? this.#sink.close() : this.#kept.slice(0, this.#size);
  }

  async abort(): Promise<void> {
    this.#kept = new Uint8Array(0);
    await this.#sink?.abort();
  }

  async #spill(bytes: Uint8Array): Promise<void> {
    const sink = await this.#options.open();
    this.#sink = sink;
    const kept = this.#kept.subarray(0, this.#size);
    this.#kept = new Uint8Array(0);
    if (kept.length > 0) await sink.write(kept);
    if (bytes.length > 0) await sink.write(bytes);
  }

  #keep(bytes: Uint8Array): void {
    const size = this.#size + bytes.length;
    if (size > this.#kept.length) {
      const wider = new Uint8Array(Math.max(size, 2 * this.#kept.length, FIRST_SIZE));
      wider.set(this.#kept.subarray(0, this.#size));
      this.#kept = wider;
    }
    this.#kept.set(bytes, this.#size);
    this.#size = size;
  }
}
