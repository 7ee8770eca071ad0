// One sitting of a blob: octets gather until they are worth an object, or are to be durable. While one is sent, the next
// gathers; so twice `segmentBytes` are held at most, and a little.
import { WaybillError } from "../base/fault.js";
import type { PartialWriter } from "./store.js";

/** Large enough for S3 to join by itself (5 MiB), and as much as half of what is committed at once. */
const segmentBytes = 8 * 1024 * 1024;
/** What is gathered from one write at a time, so that a segment is at most this much larger. */
const stepBytes = 1024 * 1024;

export class SegmentWriter implements PartialWriter {
  readonly #put: (offset: number, chunks: readonly Uint8Array[]) => Promise<void>;
  #offset: number;
  #chunks: Uint8Array[] = [];
  #gathered = 0;
  #sending: Promise<void> = Promise.resolve();
  #state: "open" | "failed" | "closed" = "open";

  constructor(
    put: (offset: number, chunks: readonly Uint8Array[]) => Promise<void>,
    offset: number,
  ) {
    this.#put = put;
    this.#offset = offset;
  }

  async write(bytes: Uint8Array): Promise<void> {
    this.#assertOpen();
    for (let from = 0; from < bytes.length; from += stepBytes) {
      // A copy: the bytes may be reused.
      const chunk = Buffer.from(bytes.subarray(from, from + stepBytes));
      this.#chunks.push(chunk);
      this.#gathered += chunk.length;
      if (this.#gathered >= segmentBytes) await this.#send();
    }
  }

  async sync(): Promise<void> {
    this.#assertOpen();
    await this.#send();
    await this.#sending;
  }

  /** What was written stays, where it can; one that failed has said so before. */
  async close(): Promise<void> {
    try {
      if (this.#state === "open") await this.sync();
    } finally {
      this.#state = "closed";
      this.#chunks = [];
    }
  }

  /** Resolves when what was gathered is on its way, and all before is there. */
  async #send(): Promise<void> {
    await this.#sending;
    if (this.#gathered === 0) return;
    const [offset, chunks] = [this.#offset, this.#chunks];
    this.#offset += this.#gathered;
    this.#chunks = [];
    this.#gathered = 0;
    this.#sending = this.#put(offset, chunks).catch((error: unknown) => {
      this.#state = "failed";
      throw error;
    });
    this.#sending.catch(() => undefined); // whoever comes next is told
  }

  #assertOpen(): void {
    if (this.#state !== "closed") return;
    throw new WaybillError({ code: "internal", detail: "The writer is closed." });
  }
}
