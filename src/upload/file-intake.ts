// One file of a request on its way into the store: counts, hashes, looks at the first bytes. A file
// whose type is wrong never touches the store, however long it is; images that fit into the head are
// measured before they are stored, longer ones after. Knows neither rows nor requests.
import { createHash } from "node:crypto";
import { WaybillError } from "../base/fault.js";
import { checkType } from "./file-check.js";
import { imageSource } from "./image-source.js";
import { inspectImage } from "./inspect-image.js";
import { headBytes } from "./sniff.js";
import type { Hash } from "node:crypto";
import type { FileReference } from "../base/file-reference.js";
import type { FileIntent, FileSink } from "../base/sink.js";
import type { BlobWriter, Store } from "../store/store.js";
import type { ImageSize } from "./inspect-image.js";
import type { Sniffed } from "./sniff.js";

const firstBytes = 4096;

export interface FileIntakeOptions {
  readonly store: Store;
  readonly intent: FileIntent;
  /** Id of the reference to be. */
  readonly id: string;
  readonly key: string;
}

export class FileIntake implements FileSink {
  readonly #options: FileIntakeOptions;
  readonly #hash: Hash = createHash("sha256");
  #head: Buffer = Buffer.alloc(0);
  #headUsed = 0;
  #size = 0;
  /** Opened when the head is full, or on close. */
  #writer: BlobWriter | undefined;
  /** Begun when the head is full; a shorter file is checked on close. */
  #verdict: Promise<Sniffed> | undefined;
  #failure: WaybillError | undefined;
  /** The type is wrong: nothing is stored, and `close` says so. */
  #refused = false;
  #closing: Promise<FileReference> | undefined;

  constructor(options: FileIntakeOptions) {
    this.#options = options;
  }

  write(bytes: Uint8Array): void | Promise<void> {
    if (this.#failure) throw this.#failure;
    this.#size += bytes.length;
    if (this.#size > this.#options.intent.bytesMax)
      throw this.#fail(fileTooLarge(this.#options.intent));
    if (this.#refused) return undefined;
    if (this.#writer) return this.#store(this.#writer, bytes);
    const taken = this.#fillHead(bytes);
    return taken === bytes.length ? undefined : this.#spill(bytes.subarray(taken));
  }

  close(): Promise<FileReference> {
    this.#closing ??= this.#finish();
    return this.#closing;
  }

  async abort(): Promise<void> {
    this.#failure ??= new WaybillError({ code: "internal", detail: "The file was given up." });
    await this.#closing?.catch(() => undefined);
    await this.#writer?.abort();
  }

  #store(writer: BlobWriter, bytes: Uint8Array): void | Promise<void> {
    this.#hash.update(bytes);
    return writer.write(bytes);
  }

  #fillHead(bytes: Uint8Array): number {
    const need = Math.min(this.#headUsed + bytes.length, headBytes);
    if (need > this.#head.length) this.#head = grow(this.#head, this.#headUsed, need);
    const taken = need - this.#headUsed;
    this.#head.set(taken === bytes.length ? bytes : bytes.subarray(0, taken), this.#headUsed);
    this.#headUsed = need;
    return taken;
  }

  /** The head is full: if its type fits, bytes go to the store from here on. */
  async #spill(rest: Uint8Array): Promise<void> {
    const { store, key, intent } = this.#options;
    this.#verdict = checkType(this.#head, intent);
    this.#refused = await this.#verdict.then(
      () => false,
      () => true,
    );
    // Or given up meanwhile: a writer that is opened now would be nobody's.
    if (this.#refused || this.#failure) return;
    this.#writer = store.create(key);
    await this.#store(this.#writer, this.#head);
    await this.#store(this.#writer, rest);
  }

  async #finish(): Promise<FileReference> {
    try {
      if (this.#failure) throw this.#failure;
      return await (this.#verdict ? this.#finishLong(this.#verdict) : this.#finishShort());
    } catch (error) {
      this.#failure ??= error instanceof WaybillError ? error : undefined;
      await this.#writer?.abort();
      throw error;
    }
  }

  /** Everything is in the head: all checks come before the first byte is stored. */
  async #finishShort(): Promise<FileReference> {
    const head = this.#head.subarray(0, this.#headUsed);
    const sniffed = await checkType(head, this.#options.intent);
    const image = await this.#inspect(head, sniffed);
    if (this.#failure) throw this.#failure; // given up meanwhile
    this.#writer = this.#options.store.create(this.#options.key);
    await this.#store(this.#writer, head);
    await this.#writer.close();
    return this.#reference(sniffed, image);
  }

  async #finishLong(verdict: Promise<Sniffed>): Promise<FileReference> {
    const sniffed = await verdict;
    await this.#writer?.close();
    const image = await this.#inspect(undefined, sniffed);
    return this.#reference(sniffed, image);
  }

  async #inspect(whole: Uint8Array | undefined, sniffed: Sniffed): Promise<ImageSize | undefined> {
    const { imagePixelsMax } = this.#options.intent;
    if (imagePixelsMax === undefined) return undefined;
    const { mediaType } = sniffed;
    const source = whole ?? (await imageSource(this.#options.store, this.#options.key));
    return inspectImage(source, { mediaType, head: this.#head, pixelsMax: imagePixelsMax });
  }

  #reference({ mediaType }: Sniffed, image: ImageSize | undefined): FileReference {
    const { id, intent } = this.#options;
    const filename = baseName(intent.filename);
    const sha256 = this.#hash.digest("hex");
    const name = filename === undefined ? {} : { filename };
    return { id, ...name, mediaType, size: this.#size, sha256, ...image };
  }

  #fail(error: WaybillError): WaybillError {
    this.#failure = error;
    return error;
  }
}

function grow(head: Buffer, used: number, need: number): Buffer {
  let size = Math.max(firstBytes, head.length);
  while (size < need) size *= 2;
  const grown = Buffer.allocUnsafeSlow(size);
  head.copy(grown, 0, 0, used);
  return grown;
}

export function fileTooLarge({ bytesMax }: Pick<FileIntent, "bytesMax">): WaybillError {
  return new WaybillError({
    code: "file-too-large",
    detail: `The file is larger than the ${bytesMax} octets that are allowed.`,
    limit: { name: "fileBytesMax", value: bytesMax },
  });
}

/** The last segment, as some clients send whole paths (RFC 7578 §4.2); no control characters. */
export function baseName(filename: string | undefined): string | undefined {
  const name = filename
    ?.replaceAll(/\p{Cc}/gu, "")
    .split(/[/\\]/)
    .at(-1);
  return name === "" || name === "." || name === ".." ? undefined : name;
}
