// One blob read once, from opening to closing.
import type { ByteRange, Store } from "./store.js";

/** Rejects with `not-found` at the first chunk. */
export async function* readBlob(
  store: Pick<Store, "open">,
  key: string,
  range?: ByteRange,
): AsyncGenerator<Uint8Array> {
  const blob = await store.open(key);
  try {
    yield* blob.read(range);
  } finally {
    await blob.close();
  }
}
