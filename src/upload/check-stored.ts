// The checks of bytes that are stored already, for those that come by reference: the same as on their way in.
import { checkType } from "./file-check.js";
import { fileTooLarge } from "./file-intake.js";
import { imageSource } from "./image-source.js";
import { inspectImage, type ImageSize } from "./inspect-image.js";
import { headBytes } from "./sniff.js";
import { readBlob } from "../store/read-blob.js";
import type { FileIntent } from "../base/sink.js";
import type { Store } from "../store/store.js";

export interface StoredFile {
  readonly store: Store;
  readonly key: string;
  /** Octets. */
  readonly size: number;
}

/** What an image measures, if the intent asks for one. Rejects as a sink's `close` does, and with `not-found`. */
export async function checkStored(
  { store, key, size }: StoredFile,
  intent: FileIntent,
): Promise<ImageSize | undefined> {
  if (size > intent.bytesMax) throw fileTooLarge(intent);
  const head = await readHead({ store, key, size });
  const { mediaType } = await checkType(head, intent);
  const { imagePixelsMax: pixelsMax } = intent;
  if (pixelsMax === undefined) return undefined;
  const source = head.length === size ? head : await imageSource(store, key);
  return inspectImage(source, { mediaType, head, pixelsMax });
}

async function readHead({ store, key, size }: StoredFile): Promise<Buffer> {
  if (size === 0) return Buffer.alloc(0);
  const chunks: Uint8Array[] = [];
  const end = Math.min(size, headBytes) - 1;
  for await (const chunk of readBlob(store, key, { start: 0, end })) chunks.push(chunk);
  return Buffer.concat(chunks);
}
