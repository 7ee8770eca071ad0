// Partial uploads made into one: their octets are copied in order by one more writer, so that the whole has its
// digest in the same pass and is verified like any other. Knows no protocol.
import { isNotFound, WaybillError } from "../base/fault.js";
import type { UploadRow } from "../db/uploads.js";
import { readBlob } from "../store/read-blob.js";
import type { Store } from "../store/store.js";
import type { Appending } from "./appending.js";
import { fileTooLarge } from "./file-intake.js";
import { ended } from "./resumable-faults.js";
import { partialOf } from "./partial-of.js";
import { isOpen } from "./upload-state.js";

const partsMax = 1000;

/** Octets of the whole. Rejects for parts that are none, or not whole yet; undefined is one of nobody or another. */
export function sizeOfParts(
  parts: readonly (UploadRow | undefined)[],
  { bytesMax, nowMs }: { bytesMax: number; nowMs: number },
): number {
  if (parts.length > partsMax) throw tooMany(parts.length);
  let size = 0;
  for (const [index, part] of parts.entries()) {
    if (part?.role !== "part") throw noPart(index);
    const isLive = part.state === "stored" && part.expiresAt > nowMs;
    if (!isLive) throw isOpen(part) ? unfinished(index, part) : ended();
    size += part.received;
  }
  if (size > bytesMax) throw fileTooLarge({ bytesMax });
  return size;
}

/** Ends the writer, however it goes. Rejects with `upload-ended` when a part has gone meanwhile. */
export async function copyParts(
  store: Store,
  parts: readonly { readonly key: string; readonly received: number }[],
  writer: Appending,
): Promise<void> {
  try {
    for (const { key, received } of parts) {
      // Whole, it can be read like a blob; it has no row of one, and never will.
      await partialOf(store).finish(key, received);
      for await (const chunk of readBlob(store, key)) await writer.write(chunk);
    }
  } catch (error) {
    await writer.stop();
    throw isNotFound(error) ? ended() : error;
  }
  await writer.end();
}

function noPart(index: number): WaybillError {
  const detail = `Number ${index + 1} of the list is no partial upload of yours.`;
  return new WaybillError({ code: "not-found", detail });
}

function unfinished(index: number, { received, size }: UploadRow): WaybillError {
  const detail = `Number ${index + 1} of the list is not whole: ${received} octets of ${size ?? "?"} are there.`;
  return new WaybillError({ code: "conflict", detail });
}

function tooMany(count: number): WaybillError {
  const detail = `${count} uploads are more than the ${partsMax} that can be made one.`;
  const limit = { name: "partsMax", value: partsMax };
  return new WaybillError({ code: "too-many-files", detail, limit });
}
