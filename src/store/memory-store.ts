// Blobs in memory, for tests and for trying things out. Nothing outlives the process.
import { WaybillError } from "../base/fault.js";
import type { BlobReader, BlobWriter, ByteRange, PartialWriter, Store } from "./store.js";

/** A store that forgets. */
export function createMemoryStore(): Store {
  const blobs = new Map<string, Uint8Array>();
  const halves = new Map<string, Half>();
  const aside = new Map<string, Uint8Array>();
  return {
    create: (key) => createWriter(blobs, key),
    open: (key) => openBlob(blobs, key),
    async delete(key) {
      blobs.delete(key);
      halves.delete(key);
    },
    async *list() {
      for (const [key, bytes] of blobs) yield { key, size: bytes.length };
    },
    sweep: async () => 0,
    quarantine: {
      put: async (key) => moveBetween(blobs, aside, key),
      restore: async (key) => moveBetween(aside, blobs, key),
      async delete(key) {
        aside.delete(key);
      },
      async *list() {
        for (const [key, bytes] of aside) yield { key, size: bytes.length, sinceMs: Date.now() };
      },
    },
    partial: {
      open: async (key, { offset }) => openHalf(halves, key, offset),
      async finish(key, size) {
        const half = halves.get(key);
        if (half ? half.bytes.length < size : !blobs.has(key)) throw notThere();
        if (half) blobs.set(key, half.bytes.subarray(0, size));
        halves.delete(key);
      },
      async *list() {
        yield* halves.keys();
      },
    },
  };
}

function moveBetween(
  from: Map<string, Uint8Array>,
  to: Map<string, Uint8Array>,
  key: string,
): boolean {
  const bytes = from.get(key);
  if (bytes) to.set(key, bytes);
  return bytes !== undefined && from.delete(key);
}

function createWriter(blobs: Map<string, Uint8Array>, key: string): BlobWriter {
  let chunks: Uint8Array[] = [];
  let state: "open" | "closed" | "aborted" = "open";
  const assertOpen = (): void => {
    if (state !== "open") throw new WaybillError({ code: "internal", detail: `Blob is ${state}.` });
  };
  return {
    write(bytes) {
      assertOpen();
      chunks.push(Buffer.from(bytes)); // a copy: the bytes may be reused at once
    },
    async close() {
      assertOpen();
      if (blobs.has(key)) throw new WaybillError({ code: "internal", detail: "Key is taken." });
      blobs.set(key, Buffer.concat(chunks));
      state = "closed";
      chunks = [];
    },
    async abort() {
      if (state === "closed") blobs.delete(key);
      state = "aborted";
      chunks = [];
    },
  };
}

/** As a file is: whoever has it open goes on with it, also when its name is gone. */
interface Half {
  bytes: Uint8Array;
}

function openHalf(halves: Map<string, Half>, key: string, offset: number): PartialWriter {
  const half = halves.get(key) ?? { bytes: new Uint8Array(0) };
  if (half.bytes.length < offset) throw notThere();
  half.bytes = half.bytes.subarray(0, offset);
  halves.set(key, half);
  return {
    async write(bytes) {
      half.bytes = Buffer.concat([half.bytes, bytes]);
    },
    sync: async () => undefined,
    close: async () => undefined,
  };
}

function notThere(): WaybillError {
  return new WaybillError({ code: "not-found", detail: "There is no such blob." });
}

async function openBlob(blobs: ReadonlyMap<string, Uint8Array>, key: string): Promise<BlobReader> {
  const bytes = blobs.get(key);
  if (!bytes) throw notThere();
  return { read: (range) => read(bytes, range), close: async () => undefined };
}

async function* read(bytes: Uint8Array, range?: ByteRange): AsyncGenerator<Uint8Array> {
  const part = range ? bytes.subarray(range.start, range.end + 1) : bytes;
  if (part.length > 0) yield Buffer.from(part);
}
