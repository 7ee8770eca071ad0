// One blob of the octets of others: blocks that the service reads from where they are, or, where it has no such way for
// us, that go through this process.
import type { AzureBlobs } from "./azure-blobs.js";
import { azureFault, statusOf } from "./azure-blobs.js";
import { blockId, createAzureWriter, createMark } from "./azure-writer.js";
import { notThere } from "./bucket-fault.js";
import type { BucketObject } from "./bucket.js";
import type { ByteRange } from "./store.js";

export interface AzureJoin {
  readonly sources: readonly Pick<BucketObject, "name" | "size">[];
  readonly to: string;
  /** Of each source, where it is to be that one: another one is `not-found`. */
  readonly version?: string;
}

type Read = (name: string, version?: string) => AsyncIterable<Uint8Array>;

/** How much one block takes of a source. */
const pieceBytes = 268_435_456;
/** Emulators have no blocks from a URL; a service may be closed to itself by its own firewall, or know no such source. */
const refusals = new Set([400, 403, 501]);
/** Whoever joins the same takes away the blocks of others by being first, and what stands under the name stays. */
const lost = new Set([400, 409, 412]);
const signedMs = 3_600_000;

export function createAzureJoin(blobs: AzureBlobs, read: Read): (join: AzureJoin) => Promise<void> {
  let isAble = blobs.connection.sign !== undefined;
  return async (join) => {
    try {
      const refusal = isAble ? await joinByService(blobs, join) : 0;
      if (refusal === undefined) return;
      isAble &&= refusal !== 501;
      await joinHere(blobs, join, read);
    } catch (error) {
      const fault = azureFault(error);
      const isLost = lost.has(statusOf(fault.cause) ?? 0);
      const size = join.sources.reduce((sum, source) => sum + source.size, 0);
      if (!isLost || (await blobs.properties(join.to))?.contentLength !== size) throw fault;
    }
  };
}

/** Resolves to the status of HTTP with which the service refuses to go this way. */
async function joinByService(
  blobs: AzureBlobs,
  { sources, to, version }: AzureJoin,
): Promise<number | undefined> {
  const ids: string[] = [];
  const mine = createMark();
  try {
    for (const source of sources) {
      const url = await readable(blobs, source.name);
      for (const { start, end } of rangesOf(source.size)) {
        const id = blockId(mine, ids.length);
        ids.push(id);
        await blobs.ask(
          (abortSignal) =>
            blobs.at(to).stageBlockFromURL(id, url, start, end - start + 1, { abortSignal }),
          end - start,
        );
      }
    }
    // It has no condition for the source: one that is still that version was that version all the time.
    for (const { name } of version === undefined ? [] : sources)
      if ((await blobs.properties(name))?.etag !== version) throw notThere();
    const conditions = { ifNoneMatch: "*" };
    await blobs.ask((abortSignal) =>
      blobs.at(to).commitBlockList(ids, { abortSignal, conditions }),
    );
    return undefined;
  } catch (error) {
    const fault = azureFault(error);
    const status = statusOf(fault.cause);
    if (status !== undefined && refusals.has(status)) return status;
    throw fault;
  }
}

async function joinHere(
  blobs: AzureBlobs,
  { sources, to, version }: AzureJoin,
  read: Read,
): Promise<void> {
  const writer = createAzureWriter(blobs, to, { isShared: true });
  try {
    for (const { name } of sources)
      for await (const chunk of read(name, version)) await writer.write(chunk);
  } catch (error) {
    await writer.abort();
    throw error;
  }
  await writer.close();
}

async function readable(blobs: AzureBlobs, name: string): Promise<string> {
  const { connection } = blobs;
  const permissions = connection.sdk.BlobSASPermissions.parse("r");
  const expiresOn = new Date(Date.now() + signedMs);
  const url = await connection.sign?.(name, { permissions, expiresOn });
  if (url === undefined) throw new Error("Who cannot sign, cannot name a source.");
  return url;
}

function* rangesOf(size: number): Generator<ByteRange> {
  for (let start = 0; start < size; start += pieceBytes)
    yield { start, end: Math.min(start + pieceBytes, size) - 1 };
}
