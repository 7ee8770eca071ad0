// One writer of an upload, from one request: octets in order, made durable before their offset is committed
// under the writer's epoch. One that was taken over commits nothing more; what it wrote is cut off by the next.
import type { Hash } from "node:crypto";
import { WaybillError } from "../base/fault.js";
import type { PartialWriter } from "../store/store.js";
import { fileTooLarge } from "./file-intake.js";
import { pastEnd } from "./resumable-faults.js";

/** Octets that a crash may cost a client at most, for one fsync and one row. */
const commitBytes = 16 * 1024 * 1024;

/** After a commit: more octets, none since all of the request is there, or none since it broke off. */
export type Continuation = "more" | "ended" | "stopped";

/** Offsets: octets `from` to `to` are durable. */
export interface Written {
  readonly from: number;
  readonly to: number;
  readonly hashed: number;
}

export interface AppendingOptions {
  readonly writer: PartialWriter;
  /** The octets before `offset` are in it already; undefined when nobody has kept it. */
  readonly hash: Hash | undefined;
  readonly offset: number;
  /** Where the upload ends at the latest: by what its client said, or by what is allowed. */
  readonly end: number;
  readonly isEndSaid: boolean;
  /** Nothing counts before all of it is there: it is to be held against a checksum. */
  readonly whole: boolean;
  /** Could its client go on elsewhere? */
  readonly isKnown: boolean;
  /** Is it time to renew the lease? */
  readonly isDue: () => boolean;
  /** False when the epoch is over. The digest has the octets before `hashed`, which need not count. */
  readonly commit: (written: Written, then: Continuation) => Promise<boolean>;
}

export class Appending {
  readonly #options: AppendingOptions;
  #committed: number;
  #offset: number;
  #busy: Promise<void> = Promise.resolve();
  #failed = false;
  #ending: Promise<void> | undefined;
  #supersede: (error: Error) => void = () => undefined;
  /** Rejects when another request goes on with the upload. */
  readonly superseded: Promise<never>;

  constructor(options: AppendingOptions) {
    this.#options = options;
    this.#committed = options.offset;
    this.#offset = options.offset;
    this.superseded = new Promise((_, reject) => (this.#supersede = reject));
    this.superseded.catch(() => undefined);
  }

  /** Would its client lose nothing if it were cut off? */
  get mayBreakOff(): boolean {
    return this.#options.isKnown && !this.#options.whole;
  }

  write(bytes: Uint8Array): Promise<void> {
    if (this.#ending) throw takenOver();
    if (this.#offset + bytes.length > this.#options.end) {
      // Or else the file would be there, cut off at its end.
      this.#failed = true;
      throw tooMuch(this.#options);
    }
    this.#busy = this.#append(bytes);
    return this.#busy;
  }

  /** All is there. Rejects with `conflict` for a writer that was taken over. */
  end(): Promise<void> {
    return (this.#ending ??= this.#finish("ended"));
  }

  /** No more will come; what is there counts, unless it had to be whole, or the store failed. Never rejects. */
  async stop(): Promise<void> {
    this.#ending ??= this.#finish("stopped");
    await this.#ending.catch(() => undefined);
  }

  /** Another request goes on, unless it is for another reason: as `stop`, and whoever feeds this one is told. */
  async yield(why: Error = takenOver()): Promise<void> {
    this.#supersede(why);
    await this.stop();
  }

  async #append(bytes: Uint8Array): Promise<void> {
    const { writer, hash, whole, isDue } = this.#options;
    await writer.write(bytes).catch((error: unknown) => {
      this.#failed = true;
      throw error;
    });
    hash?.update(bytes);
    this.#offset += bytes.length;
    const counts = whole ? this.#committed : this.#offset;
    const isCommitted = counts - this.#committed >= commitBytes || isDue();
    // The last octet counts with the end of the request: more may come, and be too much.
    if (isCommitted && counts < this.#options.end) await this.#commit(counts, "more");
  }

  async #finish(then: "ended" | "stopped"): Promise<void> {
    const { whole, writer } = this.#options;
    try {
      await this.#busy.catch(() => undefined);
      if (this.#failed || (whole && then === "stopped")) await this.#giveBack();
      else await this.#commitLast(then);
    } finally {
      await writer.close();
    }
    if (this.#failed && then === "ended") throw incomplete();
  }

  async #commitLast(then: "ended" | "stopped"): Promise<void> {
    try {
      await this.#commit(this.#offset, then);
    } catch (error) {
      if (this.#failed) await this.#giveBack();
      throw error;
    }
  }

  /** The lease, with what was committed before. */
  async #giveBack(): Promise<void> {
    // A full disk is not to stay full of what does not count; it may have no room for the row before. What cannot
    // be cut off now, whoever comes next cuts off.
    if (this.#failed) await this.#options.writer.truncate?.(this.#committed).catch(() => undefined);
    await this.#commit(this.#committed, "stopped");
  }

  async #commit(to: number, then: Continuation): Promise<void> {
    if (to > this.#committed) await this.#sync();
    const written = { from: this.#committed, to, hashed: this.#offset };
    if (!(await this.#options.commit(written, then))) throw takenOver();
    this.#committed = to;
  }

  // Once it has failed it says nothing any more: a second one resolves, for octets that are lost.
  async #sync(): Promise<void> {
    await this.#options.writer.sync().catch((error: unknown) => {
      this.#failed = true;
      throw error;
    });
  }
}

function takenOver(): WaybillError {
  const detail = "Another request goes on with this upload, or it has ended.";
  return new WaybillError({ code: "conflict", detail });
}

function incomplete(): Error {
  return new Error("What was written is not all there.");
}

function tooMuch({ end, isEndSaid }: AppendingOptions): WaybillError {
  return isEndSaid ? pastEnd(end) : fileTooLarge({ bytesMax: end });
}
