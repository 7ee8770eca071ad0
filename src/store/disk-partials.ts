// Blobs that come in over several sittings, as files of one folder under the names of their keys: each is
// written from where it is known to be durable, and takes its place among the blobs when it is whole.
import { open, readdir, rename, stat, type FileHandle } from "node:fs/promises";
import { dirname, join } from "node:path";
import { isUuid } from "../base/id.js";
import { WaybillError } from "../base/fault.js";
import { syncFolder } from "./folders.js";
import { errorCode, storageFault } from "./storage-fault.js";
import type { PartialBlobs, PartialWriter } from "./store.js";

export function createDiskPartials(
  folder: string,
  blobPath: (key: string) => string,
): PartialBlobs {
  const path = (key: string): string => {
    blobPath(key); // throws for what is no key
    return join(folder, key);
  };
  return {
    open: (key, { offset }) => faulty(() => openPartial(path(key), offset)),
    finish: (key, size) => faulty(() => finish(path(key), blobPath(key), size)),
    async *list() {
      const names = await faulty(() => readdir(folder));
      yield* names.filter(isUuid);
    },
  };
}

async function openPartial(path: string, offset: number): Promise<PartialWriter> {
  const isNew = offset === 0;
  const file = await open(path, isNew ? "w" : "r+", 0o640).catch((error: unknown) => {
    throw errorCode(error) === "ENOENT" && !isNew ? notThere(error) : error;
  });
  try {
    if (isNew) await syncFolder(dirname(path));
    else await cut(file, offset);
  } catch (error) {
    await file.close();
    throw error;
  }
  return createWriter(file, offset);
}

// What a writer that lost its lease, or its process, has left behind the last commit.
async function cut(file: FileHandle, offset: number): Promise<void> {
  const { size } = await file.stat();
  if (size < offset) throw notThere();
  if (size > offset) await file.truncate(offset);
}

function createWriter(file: FileHandle, offset: number): PartialWriter {
  let at = offset;
  return {
    write: (bytes) =>
      faulty(async () => {
        for (let from = 0; from < bytes.length;) {
          const { bytesWritten } = await file.write(bytes, from, bytes.length - from, at);
          from += bytesWritten;
          at += bytesWritten;
        }
      }),
    sync: () => faulty(() => file.sync()),
    truncate: (to) => faulty(() => file.truncate(to)),
    close: () => faulty(() => file.close()),
  };
}

// Bytes before the name: they were synced when their last octet was committed.
async function finish(partial: string, final: string, size: number): Promise<void> {
  try {
    const found = await stat(partial);
    if (found.size < size) throw notThere();
    if (found.size > size) await shorten(partial, size);
    await rename(partial, final);
  } catch (error) {
    if (errorCode(error) !== "ENOENT") throw error;
    await stat(final).catch((missing: unknown) => {
      throw errorCode(missing) === "ENOENT" ? notThere(missing) : missing;
    });
  }
  await syncFolder(dirname(final));
}

async function shorten(path: string, size: number): Promise<void> {
  const file = await open(path, "r+");
  try {
    await file.truncate(size);
    await file.sync();
  } finally {
    await file.close();
  }
}

async function faulty<Value>(work: () => Promise<Value>): Promise<Value> {
  try {
    return await work();
  } catch (error) {
    throw storageFault(error);
  }
}

function notThere(cause?: unknown): WaybillError {
  return new WaybillError({ code: "not-found", detail: "There is no such blob." }, { cause });
}
