// Blobs that are put aside, as files of one folder beside the others, under the names of their keys. When one came
// is its time of modification.
import { readdir, rename, stat, utimes } from "node:fs/promises";
import { dirname, join } from "node:path";
import { isUuid } from "../base/id.js";
import { makeFolder, syncFolder } from "./folders.js";
import { removeFile } from "./remove-file.js";
import { errorCode, storageFault } from "./storage-fault.js";
import type { Quarantine } from "./store.js";

export function createDiskQuarantine(
  folder: string,
  blobPath: (key: string) => string,
): Quarantine {
  const aside = (key: string): string => {
    blobPath(key); // throws for what is no key
    return join(folder, key);
  };
  return {
    async put(key) {
      await makeFolder(folder).catch(fail);
      const now = new Date();
      // Before the move: after it, what is cut off in between would look as if it had been there since it was stored.
      const isThere = await utimes(blobPath(key), now, now).then(() => true, isMissing);
      return isThere && move(blobPath(key), aside(key));
    },
    restore: (key) => move(aside(key), blobPath(key)),
    delete: (key) => removeFile(aside(key)),
    async *list() {
      for (const key of await namesIn(folder)) {
        const found = await stat(join(folder, key)).catch(() => undefined);
        if (found?.isFile() && isUuid(key)) yield { key, size: found.size, sinceMs: found.mtimeMs };
      }
    },
  };
}

async function move(from: string, to: string): Promise<boolean> {
  try {
    await rename(from, to);
    await syncFolder(dirname(to));
    await syncFolder(dirname(from));
    return true;
  } catch (error) {
    return isMissing(error);
  }
}

async function namesIn(folder: string): Promise<string[]> {
  return readdir(folder).catch((error: unknown) => {
    if (errorCode(error) === "ENOENT") return [];
    throw storageFault(error);
  });
}

function isMissing(error: unknown): false {
  if (errorCode(error) === "ENOENT") return false;
  throw storageFault(error);
}

function fail(error: unknown): never {
  throw storageFault(error);
}
