// One blob on its way to disk: bytes are gathered and written in few, big, aligned pieces to a
// temporary file, which takes its final name on close. A small file is never more than one write.
// Knows two paths; why they are what they are is disk-store's business.
import { close, fsync, open, rename, write } from "node:fs";
import { unlink } from "node:fs/promises";
import { dirname } from "node:path";
import { promisify } from "node:util";
import { WaybillError } from "../base/fault.js";
import { syncFolder } from "./folders.js";
import { storageFault } from "./storage-fault.js";
import type { BlobWriter } from "./store.js";

// The callback API costs measurably less than FileHandle for many small files.
const openAsync = promisify(open);
const writeAsync = promisify(write);
const fsyncAsync = promisify(fsync);
const closeAsync = promisify(close);
const renameAsync = promisify(rename);

const firstBytes = 16 * 1024;
const pieceBytes = 256 * 1024;

export interface DiskWriterPaths {
  readonly temporary: string;
  readonly final: string;
}

export class DiskWriter implements BlobWriter {
  readonly #paths: DiskWriterPaths;
  /** Being filled. Grows to a whole piece, then is swapped with `#spare` at each flush. */
  #buffer: Buffer = Buffer.alloc(0);
  #used = 0;
  #spare: Buffer | undefined;
  #fd: number | undefined;
  /** The one write under way. Never rejects: what went wrong is in `#failure`. */
  #flight: Promise<void> | undefined;
  #failure: WaybillError | undefined;
  #closing: Promise<void> | undefined;
  #aborted = false;

  constructor(paths: DiskWriterPaths) {
    this.#paths = paths;
  }

  write(bytes: Uint8Array): void | Promise<void> {
    this.#assertOpen();
    if (bytes.length > this.#room(bytes.length) && this.#flight) return this.#writeAfter(bytes);
    const taken = this.#take(bytes);
    if (taken === bytes.length) return undefined;
    this.#flush();
    return this.write(bytes.subarray(taken));
  }

  close(): Promise<void> {
    this.#assertOpen();
    this.#closing = this.#finish();
    return this.#closing;
  }

  async abort(): Promise<void> {
    if (this.#aborted) return;
    this.#aborted = true;
    if (this.#closing) await this.#closing.catch(() => undefined);
    await this.#flight;
    await this.#discard();
  }

  #assertOpen(): void {
    if (this.#failure) throw this.#failure;
    if (!this.#closing && !this.#aborted) return;
    throw new WaybillError({ code: "internal", detail: "The blob is closed." });
  }

  /** Octets that fit before a flush, once the buffer has grown for `wanted` more. */
  #room(wanted: number): number {
    const need = this.#used + wanted;
    if (need > this.#buffer.length && this.#buffer.length < pieceBytes) {
      let size = Math.max(firstBytes, this.#buffer.length);
      while (size < need && size < pieceBytes) size *= 2;
      const grown = Buffer.allocUnsafeSlow(size);
      this.#buffer.copy(grown, 0, 0, this.#used);
      this.#buffer = grown;
    }
    return this.#buffer.length - this.#used;
  }

  #take(bytes: Uint8Array): number {
    const taken = Math.min(bytes.length, this.#room(bytes.length));
    this.#buffer.set(taken === bytes.length ? bytes : bytes.subarray(0, taken), this.#used);
    this.#used += taken;
    return taken;
  }

  /** Only while nothing is in flight. */
  #flush(): void {
    const full = this.#buffer;
    const length = this.#used;
    this.#buffer = this.#spare ?? Buffer.allocUnsafeSlow(pieceBytes);
    this.#spare = undefined;
    this.#used = 0;
    this.#flight = this.#append(full, length)
      .catch((error: unknown) => {
        this.#failure = storageFault(error);
      })
      .finally(() => {
        this.#spare = full;
        this.#flight = undefined;
      });
  }

  async #writeAfter(bytes: Uint8Array): Promise<void> {
    let rest = bytes;
    while (rest.length > 0) {
      rest = rest.subarray(this.#take(rest));
      if (rest.length === 0) return;
      await this.#flight;
      if (this.#aborted) return; // nobody may be waiting any more
      this.#assertOpen();
      this.#flush();
    }
  }

  async #append(bytes: Buffer, length: number): Promise<void> {
    this.#fd ??= await openAsync(this.#paths.temporary, "wx", 0o640);
    for (let from = 0; from < length;) {
      const { bytesWritten } = await writeAsync(this.#fd, bytes, from, length - from, null);
      from += bytesWritten;
    }
  }

  async #finish(): Promise<void> {
    await this.#flight;
    try {
      if (this.#failure) throw this.#failure;
      await this.#append(this.#buffer, this.#used);
      await this.#commit(this.#fd ?? -1);
    } catch (error) {
      this.#failure = storageFault(error);
      await this.#discard();
      throw this.#failure;
    }
    this.#buffer = Buffer.alloc(0);
    this.#spare = undefined;
  }

  /** Bytes before the name, the name before the answer. */
  async #commit(fd: number): Promise<void> {
    await fsyncAsync(fd);
    this.#fd = undefined;
    await closeAsync(fd);
    await renameAsync(this.#paths.temporary, this.#paths.final);
    await syncFolder(dirname(this.#paths.final));
  }

  /** Best effort: what stays is found by the sweeps. */
  async #discard(): Promise<void> {
    const fd = this.#fd;
    this.#fd = undefined;
    if (fd !== undefined) await closeAsync(fd).catch(() => undefined);
    await unlink(this.#paths.temporary).catch(() => undefined);
    await unlink(this.#paths.final).catch(() => undefined);
  }
}
