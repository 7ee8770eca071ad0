// Azure Blob Storage as a bucket, by the service's own SDK: `azure://container/prefix?account=…&endpoint=…`.
import { createAzureBlobs, azureFault, statusOf, type AzureBlobs } from "./azure-blobs.js";
import { connectAzure, type Environment } from "./azure-connection.js";
import { createAzureDirect } from "./azure-direct.js";
import { createAzureJoin } from "./azure-join.js";
import { createAzureWriter } from "./azure-writer.js";
import { notThere } from "./bucket-fault.js";
import type { Bucket, BucketObject } from "./bucket.js";
import type { ByteRange } from "./store.js";
import { chunksWithin } from "./within.js";

export interface AzureBucketOptions {
  /** Where the ways in are looked for: `AZURE_STORAGE_…`. Default: the one of the process. */
  readonly environment?: Environment;
  /** How long one call may take with all its retries, in milliseconds; longer for many octets. Default: one minute. */
  readonly waitMs?: number;
}

export type Read = Bucket["read"];

/** Rejects with a TypeError for a URL that cannot be meant, and where the SDK is missing. Asks the service nothing. */
export async function createAzureBucket(
  url: URL,
  options: AzureBucketOptions = {},
): Promise<Bucket> {
  const { environment = process.env, waitMs = 60_000 } = options;
  const connection = await connectAzure(url, environment);
  const blobs = createAzureBlobs(connection, waitMs);
  const read: Read = (name, how) => readBlob(blobs, name, how);
  const join = createAzureJoin(blobs, (name, version) => read(name, { version }));
  return {
    write: (name) => createAzureWriter(blobs, name),
    async stat(name) {
      const found = await blobs.properties(name);
      if (!found) return undefined;
      return { size: found.contentLength ?? 0, version: found.etag ?? "", sha256: undefined };
    },
    read,
    delete: (name) => blobs.remove(name),
    list: (prefix) => list(blobs, prefix),
    join: (sources, to) => join({ sources, to }),
    sweep: (prefix, beforeMs) => sweep(blobs, prefix, beforeMs),
    ...(connection.sign
      ? { signed: createAzureDirect({ blobs, sign: connection.sign, join }) }
      : {}),
  };
}

async function* readBlob(
  blobs: AzureBlobs,
  name: string,
  { range, version }: Parameters<Read>[1],
): AsyncGenerator<Uint8Array> {
  const body = await open(blobs, name, { range, version });
  if (!body) return;
  let missing = body.size;
  try {
    for await (const chunk of chunksWithin(body.stream, blobs.waitMs)) {
      missing -= chunk.length;
      yield chunk;
    }
  } catch (error) {
    throw azureFault(error);
  }
  if (missing !== 0) throw azureFault(new Error(`${missing} octets are missing.`));
}

interface Opened {
  readonly size: number;
  readonly stream: NodeJS.ReadableStream;
}

/** The SDK goes on where a connection breaks off, with the same version. Undefined where there are no such octets. */
async function open(
  blobs: AzureBlobs,
  name: string,
  { range, version }: { range?: ByteRange | undefined; version?: string | undefined },
): Promise<Opened | undefined> {
  const { start = 0, end } = range ?? {};
  const count = end === undefined ? undefined : end - start + 1;
  const conditions = version === undefined ? {} : { ifMatch: version };
  try {
    const answer = await blobs.ask(() => blobs.at(name).download(start, count, { conditions }));
    const stream = answer.readableStreamBody;
    if (!stream) throw notThere();
    return { size: answer.contentLength ?? 0, stream };
  } catch (error) {
    const fault = azureFault(error);
    if (statusOf(fault.cause) === 416) return undefined;
    throw fault;
  }
}

async function* list(blobs: AzureBlobs, prefix: string): AsyncGenerator<BucketObject> {
  const { container } = blobs.connection;
  const found = container.listBlobsFlat({ prefix })[Symbol.asyncIterator]();
  for (;;) {
    const { done, value } = await blobs.ask(() => found.next());
    if (done) return;
    const { contentLength = 0, lastModified } = value.properties;
    yield { name: value.name, size: contentLength, modifiedMs: lastModified.getTime() };
  }
}

/** The service has no list of them alone: it is one of all blobs. Blocks that nobody commits also end by themselves, after a week. */
async function sweep(blobs: AzureBlobs, prefix: string, beforeMs: number): Promise<number> {
  const { container } = blobs.connection;
  const all = container.listBlobsFlat({ prefix, includeUncommitedBlobs: true });
  const found = all[Symbol.asyncIterator]();
  let swept = 0;
  for (;;) {
    const { done, value } = await blobs.ask(() => found.next());
    if (done) return swept;
    const { lastModified, createdOn, contentLength } = value.properties;
    const begunMs = (createdOn ?? lastModified)?.getTime() ?? Infinity;
    if (begunMs >= beforeMs) continue;
    if (contentLength !== 0 || !(await isUncommitted(blobs, value.name))) continue;
    await blobs.discard(value.name);
    swept++;
  }
}

/** In the list they look like empty blobs; but they can not be read. */
async function isUncommitted(blobs: AzureBlobs, name: string): Promise<boolean> {
  return (await blobs.properties(name)) === undefined;
}
