// The bytes of a stored image, as whoever measures it takes them.
import { readBlob } from "../store/read-blob.js";
import type { Store } from "../store/store.js";
import type { ImageSource } from "./inspect-image.js";

/** Octets of an image that are read back from a store without local files. */
const imageBytesMax = 16 * 1024 * 1024;

export async function imageSource(store: Store, key: string): Promise<ImageSource> {
  const path = store.path?.(key);
  if (path !== undefined) return path;
  const chunks: Uint8Array[] = [];
  for await (const chunk of readBlob(store, key, { start: 0, end: imageBytesMax - 1 })) {
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
