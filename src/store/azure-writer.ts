// One blob on its way to Azure: blocks of a few megabytes, of which one is sent while the next fills, and in the end the
// list of them, which makes the blob. What fits into one block is sent in one request.
import { createHash, randomBytes } from "node:crypto";
import type { AzureBlobs } from "./azure-blobs.js";
import { createObjectWriter } from "./object-writer.js";
import { createPieces } from "./pieces.js";
import type { BlobWriter } from "./store.js";

/** Block lists have 50,000 places at most: they get larger, so that there is room for terabytes. */
const blockBytes = (index: number) => 4_194_304 * 4 ** Math.floor(index / 12_500);

export interface AzureWriterOptions {
  /**
   * Whether others may be making the same blob: then their blocks are not to be told from ours by who gives up, and a blob
   * that is there stays as it is: `close` rejects.
   */
  readonly isShared?: boolean;
}

export function createAzureWriter(
  blobs: AzureBlobs,
  name: string,
  { isShared = false }: AzureWriterOptions = {},
): BlobWriter {
  const mine = createMark();
  const conditions = isShared ? { ifNoneMatch: "*" } : {};
  const ids: string[] = [];
  const stop = new AbortController();
  const pieces = createPieces({
    size: () => blockBytes(ids.length),
    async send(bytes) {
      const id = blockId(mine, ids.length);
      ids.push(id);
      await stage(bytes, id);
    },
  });

  const stage = (bytes: Buffer, id: string) =>
    blobs.ask(
      (signal) =>
        blobs.at(name).stageBlock(id, bytes, bytes.length, {
          abortSignal: AbortSignal.any([signal, stop.signal]),
          transactionalContentMD5: md5(bytes),
        }),
      bytes.length,
    );

  async function make(): Promise<void> {
    const rest = await pieces.rest();
    if (ids.length === 0) {
      const blobHTTPHeaders = { blobContentMD5: md5(rest) };
      await blobs.ask((signal) => {
        const abortSignal = AbortSignal.any([signal, stop.signal]);
        const how = { abortSignal, blobHTTPHeaders, conditions };
        return blobs.at(name).upload(rest, rest.length, how);
      }, rest.length);
      return;
    }
    if (rest.length > 0) {
      const id = blockId(mine, ids.length);
      ids.push(id);
      await stage(rest, id);
    }
    await blobs.ask((signal) => {
      const abortSignal = AbortSignal.any([signal, stop.signal]);
      return blobs.at(name).commitBlockList(ids, { abortSignal, conditions });
    });
  }

  return createObjectWriter({
    pieces,
    make,
    interrupt: () => stop.abort(),
    async discard(isMade) {
      if (isMade) await blobs.remove(name);
      if (ids.length > 0 && !isShared) await blobs.discard(name);
    },
  });
}

/** Of one length for all blocks of a blob; the mark tells apart who stages them. */
export function blockId(mark: string, index: number): string {
  return Buffer.from(`${mark}${String(index).padStart(6, "0")}`).toString("base64");
}

/** Ten characters. */
export function createMark(): string {
  return randomBytes(5).toString("hex");
}

/** What the service compares with what it received. */
function md5(bytes: Uint8Array): Uint8Array {
  return createHash("md5").update(bytes).digest();
}
