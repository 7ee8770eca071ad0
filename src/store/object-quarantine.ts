// Blobs that are put aside in a bucket: a copy in a folder of its own, then the blob is deleted. When one came is when its
// copy was made. Cut off in between, it is in both places, and the same again brings it to its end.
import { isNotFound } from "../base/fault.js";
import type { Bucket } from "./bucket.js";
import { keyed, type ObjectNames } from "./object-names.js";
import type { Quarantine } from "./store.js";

export function createObjectQuarantine(bucket: Bucket, names: ObjectNames): Quarantine {
  return {
    put: (key) => move(bucket, names.blob(key), names.quarantined(key)),
    restore: (key) => move(bucket, names.quarantined(key), names.blob(key)),
    delete: (key) => bucket.delete(names.quarantined(key)),
    async *list() {
      const objects = bucket.list(names.folders.quarantine);
      for await (const { key, size, modifiedMs } of keyed(objects, names.quarantined))
        yield { key, size, sinceMs: modifiedMs };
    },
  };
}

async function move(bucket: Bucket, from: string, to: string): Promise<boolean> {
  const found = await bucket.stat(from);
  if (!found) return false;
  try {
    await bucket.join([{ name: from, size: found.size, modifiedMs: 0 }], to);
  } catch (error) {
    if (isNotFound(error)) return false;
    throw error;
  }
  await bucket.delete(from);
  return true;
}
