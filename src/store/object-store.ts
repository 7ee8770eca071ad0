// A store in a bucket, whoever's: blobs under the last two digits of their keys, the segments of those that are not whole
// (`segments.ts`), a quarantine, and what clients send by themselves. Knows names, and no SDK. Needs a bucket in which
// whoever has written or deleted an object sees it at once, also in lists.
import type { Bucket } from "./bucket.js";
import { createObjectNames, keyed } from "./object-names.js";
import { createObjectPartials } from "./object-partials.js";
import { createObjectQuarantine } from "./object-quarantine.js";
import { openObject } from "./object-reader.js";
import type { SignedUrls, Store } from "./store.js";

export interface ObjectStoreOptions {
  readonly bucket: Bucket;
  /** A path within the bucket; empty for the whole of it. */
  readonly prefix: string;
}

/**
 * An object that is deleted cannot be read on: whoever has a blob open, or a signed URL of it, has an hour to come to its
 * end. What takes longer breaks off, and is seen to.
 */
const graceMs = 60 * 60_000;

export function createObjectStore({ bucket, prefix }: ObjectStoreOptions): Store {
  const names = createObjectNames(prefix);
  const partial = createObjectPartials(bucket, names);
  return {
    create: (key) => bucket.write(names.blob(key)),
    open: async (key) => openObject(bucket, names.blob(key)),
    async delete(key) {
      // In this order, since it may be finished at this moment: then it is in the other place.
      await partial.delete(key);
      await bucket.delete(names.blob(key));
    },
    async *list() {
      for await (const { key, size } of keyed(bucket.list(names.folders.blobs), names.blob))
        yield { key, size };
    },
    // Others may be writing, clients among them: only age tells what is left from what is under way.
    sweep: async () => 0,
    async sweepAbandoned(beforeMs) {
      let swept = await partial.sweep(beforeMs);
      for (const folder of Object.values(names.folders))
        swept += await bucket.sweep(folder, beforeMs);
      for await (const { name, modifiedMs } of bucket.list(names.folders.direct)) {
        if (modifiedMs >= beforeMs) continue;
        await bucket.delete(name);
        swept++;
      }
      return swept;
    },
    partial,
    quarantine: createObjectQuarantine(bucket, names),
    graceMs,
    ...signedOf(bucket, names),
  };
}

function signedOf(
  bucket: Bucket,
  { blob, direct }: ReturnType<typeof createObjectNames>,
): { readonly signed?: SignedUrls } {
  const { signed } = bucket;
  if (!signed) return {};
  return {
    signed: {
      read: async (key, how) => signed.read(blob(key), how),
      begin: async (key, wanted) => signed.begin(blob(key), wanted, direct(key)),
      complete: async (key, session) => signed.complete(blob(key), session),
      abort: async (key, session) => signed.abort(blob(key), session),
      stat: async (key) => bucket.stat(blob(key)),
    },
  };
}
