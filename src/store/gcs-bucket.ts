// Google Cloud Storage as a bucket, by Google's own SDK: `gs://bucket/prefix?endpoint=…`.
import type { Bucket, BucketObject } from "./bucket.js";
import { connectGcs, type GcsConnection } from "./gcs-connection.js";
import { createGcsDirect } from "./gcs-direct.js";
import { joinGcs } from "./gcs-join.js";
import { removeGcs, statGcs } from "./gcs-object.js";
import { readGcs } from "./gcs-reader.js";
import { createGcsWriter } from "./gcs-writer.js";

export interface GcsBucketOptions {
  /** The key file of a service account. Default: application default credentials. */
  readonly keyFilename?: string;
  /** How long one call may take with all its retries, in milliseconds; longer for many octets. Default: one minute. */
  readonly waitMs?: number;
}

/** Rejects with a TypeError for a URL that cannot be meant, and where the SDK is missing. */
export async function createGcsBucket(url: URL, options: GcsBucketOptions = {}): Promise<Bucket> {
  const { keyFilename, waitMs = 60_000 } = options;
  const connection = await connectGcs(url, { keyFilename, waitMs });
  return {
    write: (name) => createGcsWriter(connection, name),
    async stat(name) {
      const found = await statGcs(connection, name);
      return found && { size: found.size, version: found.version, sha256: undefined };
    },
    read: (name, how) => readGcs(connection, name, how),
    delete: (name) => removeGcs(connection, name),
    list: (prefix) => list(connection, prefix),
    join: (sources, to) => joinGcs(connection, { sources, to }),
    // Resumable uploads that nobody completes end by themselves, after a week; the service has no list of them.
    sweep: async () => 0,
    ...(connection.canSign ? { signed: createGcsDirect(connection) } : {}),
  };
}

async function* list(connection: GcsConnection, prefix: string): AsyncGenerator<BucketObject> {
  const bucket = connection.storage.bucket(connection.bucketName);
  let pageToken: string | undefined;
  do {
    const page = { prefix, autoPaginate: false, ...(pageToken ? { pageToken } : {}) };
    const [files, next] = await connection.ask(() => bucket.getFiles(page));
    for (const { name, metadata } of files) {
      const modifiedMs = Date.parse(metadata.timeCreated ?? "");
      yield { name, size: Number(metadata.size), modifiedMs };
    }
    pageToken = tokenOf(next);
  } while (pageToken !== undefined);
}

function tokenOf(next: unknown): string | undefined {
  if (typeof next !== "object" || next === null || !("pageToken" in next)) return undefined;
  return typeof next.pageToken === "string" ? next.pageToken : undefined;
}
