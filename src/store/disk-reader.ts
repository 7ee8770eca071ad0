// One blob as an open file: its bytes stay readable when its name is gone.
import { open, type FileHandle } from "node:fs/promises";
import { WaybillError } from "../base/fault.js";
import { errorCode, storageFault } from "./storage-fault.js";
import type { BlobReader, ByteRange } from "./store.js";

const readBytes = 256 * 1024;

/** Rejects with `not-found` when there is no such file. */
export async function openDiskBlob(path: string): Promise<BlobReader> {
  const file = await open(path).catch((error: unknown) => {
    if (errorCode(error) !== "ENOENT") throw storageFault(error);
    throw new WaybillError({ code: "not-found", detail: "There is no such blob." });
  });
  return { read: (range) => read(file, range), close: () => file.close() };
}

async function* read(file: FileHandle, range?: ByteRange): AsyncGenerator<Uint8Array> {
  try {
    let position = range?.start ?? 0;
    const { size } = await file.stat();
    const end = Math.min(size, range ? range.end + 1 : size);
    while (position < end) {
      const chunk = Buffer.allocUnsafeSlow(Math.min(readBytes, end - position));
      const { bytesRead } = await file.read(chunk, 0, chunk.length, position);
      if (bytesRead === 0) return;
      position += bytesRead;
      yield bytesRead === chunk.length ? chunk : chunk.subarray(0, bytesRead);
    }
  } catch (error) {
    throw storageFault(error);
  }
}
