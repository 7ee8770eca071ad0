// The blobs of one container, by name, as all parts of this bucket need them: each call ends in bounded time, and fails
// with a fault.
import type { BlobGetPropertiesResponse, BlockBlobClient } from "@azure/storage-blob";
import { bucketFault } from "./bucket-fault.js";
import type { AzureConnection } from "./azure-connection.js";
import { within } from "./within.js";

export interface AzureBlobs {
  readonly connection: AzureConnection;
  /** How long one call may take with all its retries. */
  readonly waitMs: number;
  at(name: string): BlockBlobClient;
  /** A little longer for many octets. */
  ask<T>(work: (signal: AbortSignal) => Promise<T>, octets?: number): Promise<T>;
  /** Undefined where there is no blob. */
  properties(name: string): Promise<BlobGetPropertiesResponse | undefined>;
  /** With all that hangs on it; of that version alone, where one is given. */
  remove(name: string, version?: string): Promise<void>;
  /** Blocks that are there without a blob; a blob that is there stays. */
  discard(name: string): Promise<void>;
}

/** A line that carries less than this in a second is no line. */
const octetsPerMs = 256;

export function createAzureBlobs(connection: AzureConnection, waitMs: number): AzureBlobs {
  const at = (name: string) => connection.container.getBlockBlobClient(name);
  const ask: AzureBlobs["ask"] = async (work, octets = 0) => {
    try {
      return await within({ ms: waitMs + octets / octetsPerMs }, work);
    } catch (error) {
      throw azureFault(error);
    }
  };
  return {
    connection,
    waitMs,
    at,
    ask,
    properties: (name) => unlessGone(ask((abortSignal) => at(name).getProperties({ abortSignal }))),
    async remove(name, version) {
      // Whoever may create a blob by a URL may make a snapshot of it, and that would keep it.
      const conditions = version === undefined ? {} : { ifMatch: version };
      const options = { deleteSnapshots: "include", conditions } as const;
      await unlessGone(ask((abortSignal) => at(name).delete({ ...options, abortSignal })));
    },
    async discard(name) {
      // There is no call for it. An empty blob takes the place of the blocks, and is deleted at once.
      const conditions = { ifNoneMatch: "*" };
      const blob = await unlessTaken(
        ask((abortSignal) => at(name).commitBlockList([], { abortSignal, conditions })),
      );
      if (blob) await this.remove(name, blob.etag);
    },
  };
}

/** As `bucketFault`, of what the SDK throws. */
export function azureFault(error: unknown) {
  return bucketFault(error, { status: statusOf(error), word: wordOf(error) });
}

export function statusOf(error: unknown): number | undefined {
  const found = error instanceof Error && "statusCode" in error ? error.statusCode : undefined;
  return typeof found === "number" ? found : undefined;
}

function wordOf(error: unknown): string | undefined {
  const found = error instanceof Error && "code" in error ? error.code : undefined;
  return typeof found === "string" ? found : undefined;
}

export async function unlessGone<T>(answer: Promise<T>): Promise<T | undefined> {
  return answer.catch((error: unknown) => {
    const fault = azureFault(error);
    if (fault.code === "not-found") return undefined;
    throw fault;
  });
}

async function unlessTaken<T>(answer: Promise<T>): Promise<T | undefined> {
  return answer.catch((error: unknown) => {
    const fault = azureFault(error);
    if (statusOf(fault.cause) === 409) return undefined;
    throw fault;
  });
}
