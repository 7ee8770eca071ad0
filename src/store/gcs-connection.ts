// A bucket of Google Cloud Storage, and who we are to it: application default credentials, whatever stands behind them (a
// key file, the metadata server, workload identity, an impersonated account).
import type * as Sdk from "@google-cloud/storage";
import type { File, Storage } from "@google-cloud/storage";
import { bucketFault } from "./bucket-fault.js";
import { endpointOf, parseBucketUrl } from "./bucket-url.js";
import { loadSdk } from "./load-sdk.js";
import type { WaybillError } from "../base/fault.js";
import { within } from "./within.js";

export interface GcsConnectionOptions {
  /** A key file. Default: application default credentials. */
  readonly keyFilename?: string | undefined;
  readonly waitMs: number;
}

export interface GcsConnection {
  readonly sdk: typeof Sdk;
  readonly storage: Storage;
  readonly bucketName: string;
  /** How long one call may take with all its retries. */
  readonly waitMs: number;
  /** Whether what we are can sign. */
  readonly canSign: boolean;
  at(name: string, generation?: string): File;
  /** A little longer for many octets. */
  ask<T>(work: (signal: AbortSignal) => Promise<T>, octets?: number): Promise<T>;
}

/** A line that carries less than this in a second is no line. */
const octetsPerMs = 256;

/** Rejects with a TypeError for a URL that cannot be meant, and where the package is missing. */
export async function connectGcs(
  url: URL,
  { keyFilename, waitMs }: GcsConnectionOptions,
): Promise<GcsConnection> {
  const { bucket: bucketName, options } = parseBucketUrl(url, ["endpoint"]);
  const sdk = await loadSdk("@google-cloud/storage", () => import("@google-cloud/storage"));
  const apiEndpoint = endpointOf(options.get("endpoint"));
  const storage = new sdk.Storage({
    ...(apiEndpoint === undefined ? {} : { apiEndpoint, useAuthWithCustomEndpoint: true }),
    ...(keyFilename === undefined ? {} : { keyFilename }),
    retryOptions: {
      autoRetry: true,
      maxRetries: 4,
      maxRetryDelay: 4,
      totalTimeout: waitMs / 1000,
      // What is asked is the same the second time: names are not used again, and what is made is made once, by its condition.
      idempotencyStrategy: sdk.IdempotencyStrategy.RetryAlways,
    },
  });
  // A key signs what stands for it by itself (AIP-4111): nobody has to be asked for a token.
  storage.authClient.useJWTAccessWithScope = true;
  const bucket = storage.bucket(bucketName);
  return {
    sdk,
    storage,
    bucketName,
    waitMs,
    canSign: await isSigner(storage),
    at: (name, generation) => bucket.file(name, generation === undefined ? {} : { generation }),
    async ask(work, octets = 0) {
      try {
        return await within({ ms: waitMs + octets / octetsPerMs }, work);
      } catch (error) {
        throw gcsFault(error);
      }
    },
  };
}

/** As `bucketFault`, of what the SDK throws. */
export function gcsFault(error: unknown): WaybillError {
  return bucketFault(error, { status: statusOf(error), word: reasonOf(error) });
}

export function statusOf(error: unknown): number | undefined {
  if (!(error instanceof Error)) return undefined;
  const found = "code" in error ? Number(error.code) : NaN;
  if (Number.isInteger(found)) return found;
  return "status" in error && typeof error.status === "number" ? error.status : undefined;
}

function reasonOf(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  if (error.message.includes("bucket does not exist")) return "NoSuchBucket";
  const code = "code" in error ? error.code : undefined;
  return typeof code === "string" && !/^\d+$/.test(code) ? code : undefined;
}

/** Who logged in as a person has no key, and no account that Google would sign for. */
async function isSigner(storage: Storage): Promise<boolean> {
  try {
    return (await storage.authClient.getCredentials()).client_email !== undefined;
  } catch {
    return false;
  }
}
