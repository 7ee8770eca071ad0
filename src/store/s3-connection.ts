// How S3, or whatever speaks it, is reached: `s3://bucket/prefix?endpoint=…&publicEndpoint=…&region=…&forcePathStyle=…`.
// Credentials come by every way that the SDK knows: the environment, profiles, roles of containers and machines.
import type * as S3 from "@aws-sdk/client-s3";
import type { S3Client, S3ClientConfig } from "@aws-sdk/client-s3";
import { isNotFound, WaybillError } from "../base/fault.js";
import { bucketFault } from "./bucket-fault.js";
import { endpointOf, parseBucketUrl } from "./bucket-url.js";
import { loadSdk } from "./load-sdk.js";

export type S3Sdk = typeof S3;

export interface S3Options {
  /** Default whatever the SDK finds. */
  readonly credentials?: { readonly accessKeyId: string; readonly secretAccessKey: string };
  /** How long a connection may be silent; three times before a request fails. Default 30 s. */
  readonly silentMs?: number;
}

export interface S3Connection {
  readonly sdk: S3Sdk;
  readonly client: S3Client;
  /** Signs URLs for clients, who may know the service under another name. */
  readonly signer: S3Client;
  readonly bucket: string;
  readonly silentMs: number;
}

const known = ["endpoint", "publicEndpoint", "region", "forcePathStyle"];
const attemptsMax = 3;
/** Slow downloads hold theirs. */
const socketsMax = 1000;

/** Rejects with a TypeError for a URL that is none of S3's, a package or a region that is missing. */
export async function connectS3(url: URL, options: S3Options = {}): Promise<S3Connection> {
  const { bucket, options: query } = parseBucketUrl(url, known);
  const sdk = await loadSdk("@aws-sdk/client-s3", () => import("@aws-sdk/client-s3"));
  const { credentials, silentMs = 30_000 } = options;
  const endpoint = endpointOf(query.get("endpoint"));
  const publicEndpoint = endpointOf(query.get("publicEndpoint")) ?? endpoint;
  // A service elsewhere has whatever region, as a rule this one.
  const region = query.get("region") ?? (endpoint === undefined ? undefined : "us-east-1");
  const forcePathStyle = flagOf(query.get("forcePathStyle")) ?? endpoint !== undefined;
  const agent = { keepAlive: true, maxSockets: socketsMax };
  const common: S3ClientConfig = {
    forcePathStyle,
    maxAttempts: attemptsMax,
    // Otherwise a signed URL has the checksum of an empty body in it.
    requestChecksumCalculation: "WHEN_REQUIRED",
    responseChecksumValidation: "WHEN_REQUIRED",
    requestHandler: {
      connectionTimeout: Math.min(5000, silentMs),
      socketTimeout: silentMs,
      httpAgent: agent,
      httpsAgent: agent,
    },
    ...(region === undefined ? {} : { region }),
    ...(credentials ? { credentials } : {}),
  };
  const clientAt = (at: string | undefined): S3Client =>
    new sdk.S3Client({ ...common, ...(at === undefined ? {} : { endpoint: at }) });
  const client = clientAt(endpoint);
  await client.config.region().catch((cause: unknown) => {
    throw new TypeError(`${url.protocol}//${url.host} needs a region: ?region=… or AWS_REGION.`, {
      cause,
    });
  });
  const signer = publicEndpoint === endpoint ? client : clientAt(publicEndpoint);
  return { sdk, client, signer, bucket, silentMs };
}

function flagOf(text: string | undefined): boolean | undefined {
  if (text === undefined) return undefined;
  if (text !== "true" && text !== "false")
    throw new TypeError(`forcePathStyle is "true" or "false", not "${text}".`);
  return text === "true";
}

/** Rejects with the fault that the service's answer, or its silence, is. */
export async function asked<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    throw s3Fault(error);
  }
}

export function s3Fault(error: unknown): WaybillError {
  const [status, word] = [statusOf(error), error instanceof Error ? error.name : undefined];
  // An upload is not what anybody asks for by its name: it was ended by somebody else.
  if (word === "NoSuchUpload")
    return new WaybillError(
      { code: "unavailable", detail: "The upload was ended." },
      { cause: error },
    );
  return bucketFault(error, { status, word });
}

/** Undefined where there is none. */
export async function unlessGone<T>(work: Promise<T>): Promise<T | undefined> {
  try {
    return await asked(work);
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw error;
  }
}

/** What the service calls what went wrong. */
export function wordOf(error: unknown): string | undefined {
  return error instanceof WaybillError && error.cause instanceof Error
    ? error.cause.name
    : undefined;
}

/** Of HTTP; undefined where there was no answer. */
export function statusOf(error: unknown): number | undefined {
  if (typeof error !== "object" || error === null || !("$metadata" in error)) return undefined;
  const { $metadata } = error;
  if (typeof $metadata !== "object" || $metadata === null) return undefined;
  const status = "httpStatusCode" in $metadata ? $metadata.httpStatusCode : undefined;
  return typeof status === "number" ? status : undefined;
}
