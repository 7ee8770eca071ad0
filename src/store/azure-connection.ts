// A container of Azure Blob Storage, and who we are to it: a connection string, an account key or a shared access
// signature in the environment, under the names that Azure's own command line gives them, or else whatever
// DefaultAzureCredential finds: managed and workload identities, service principals, a login.
import type { TokenCredential } from "@azure/identity";
import type * as Sdk from "@azure/storage-blob";
import type {
  BlobSASSignatureValues,
  BlobServiceClient,
  ContainerClient,
  StorageSharedKeyCredential,
} from "@azure/storage-blob";
import { endpointOf, parseBucketUrl } from "./bucket-url.js";
import { loadSdk } from "./load-sdk.js";

export type AzureSdk = typeof Sdk;
export type Environment = Readonly<Record<string, string | undefined>>;

export interface AzureConnection {
  readonly sdk: AzureSdk;
  readonly container: ContainerClient;
  /** A URL of the blob that allows just that. Absent where we have a signature ourselves, and can make no other. */
  readonly sign?: (name: string, values: AzureGrant) => Promise<string>;
}

export type AzureGrant = Required<Pick<BlobSASSignatureValues, "permissions" | "expiresOn">> &
  BlobSASSignatureValuesOfAnswer;
type BlobSASSignatureValuesOfAnswer = Pick<
  BlobSASSignatureValues,
  "contentType" | "contentDisposition"
>;

/** That storages of all ages and emulators agree on what is signed. Create without write is in all of them. */
const sasVersion = "2020-12-06";

const hourMs = 3_600_000;

interface Service {
  readonly service: BlobServiceClient;
  readonly key?: StorageSharedKeyCredential;
  /** Whether it may ask for a key to sign with. */
  readonly isIdentity?: boolean;
}

/** Rejects with a TypeError for a URL that cannot be meant, and where a package is missing. */
export async function connectAzure(url: URL, environment: Environment): Promise<AzureConnection> {
  const { bucket, options } = parseBucketUrl(url, ["account", "endpoint"]);
  const sdk = await loadSdk("@azure/storage-blob", () => import("@azure/storage-blob"));
  const { service, key, isIdentity } = await openService(sdk, options, environment);
  const container = service.getContainerClient(bucket);
  const signer = key
    ? () => Promise.resolve(key)
    : isIdentity
      ? delegationKeys(service)
      : undefined;
  if (!signer) return { sdk, container };
  return {
    sdk,
    container,
    async sign(name, values) {
      const grant = {
        ...values,
        containerName: bucket,
        blobName: name,
        version: sasVersion,
        ...(service.url.startsWith("https:") ? { protocol: sdk.SASProtocol.Https } : {}),
      };
      const by = await signer(values.expiresOn);
      const query =
        "signedObjectId" in by
          ? sdk.generateBlobSASQueryParameters(grant, by, service.accountName)
          : sdk.generateBlobSASQueryParameters(grant, by);
      return `${container.getBlobClient(name).url}?${query}`;
    },
  };
}

async function openService(
  sdk: AzureSdk,
  options: ReadonlyMap<string, string>,
  environment: Environment,
): Promise<Service> {
  const retries = { retryOptions: { maxTries: 5, retryDelayInMs: 250, maxRetryDelayInMs: 4000 } };
  const text = environment["AZURE_STORAGE_CONNECTION_STRING"];
  const named = options.get("account");
  if (text !== undefined && named === undefined) {
    const service = sdk.BlobServiceClient.fromConnectionString(text, retries);
    const key = service.credential;
    return key instanceof sdk.StorageSharedKeyCredential ? { service, key } : { service };
  }
  const account = named ?? environment["AZURE_STORAGE_ACCOUNT"];
  if (account === undefined)
    throw new TypeError(
      "Which account of Azure? Give ?account=…, or AZURE_STORAGE_ACCOUNT or AZURE_STORAGE_CONNECTION_STRING in the environment.",
    );
  const at = endpointOf(options.get("endpoint")) ?? `https://${account}.blob.core.windows.net`;
  const secret = environment["AZURE_STORAGE_KEY"];
  if (secret !== undefined) {
    const key = new sdk.StorageSharedKeyCredential(account, secret);
    return { service: new sdk.BlobServiceClient(at, key, retries), key };
  }
  const signature = environment["AZURE_STORAGE_SAS_TOKEN"]?.replace(/^\?/, "");
  if (signature !== undefined)
    return { service: new sdk.BlobServiceClient(`${at}?${signature}`, undefined, retries) };
  const service = new sdk.BlobServiceClient(at, await defaultCredential(), retries);
  return { service, isIdentity: true };
}

async function defaultCredential(): Promise<TokenCredential> {
  const { DefaultAzureCredential } = await loadSdk(
    "@azure/identity",
    () => import("@azure/identity"),
  );
  return new DefaultAzureCredential();
}

/** Each is good for a day or more, and used again for what ends before it does. */
function delegationKeys(service: BlobServiceClient) {
  type Key = Awaited<ReturnType<BlobServiceClient["getUserDelegationKey"]>>;
  let last: Promise<Key> | undefined;
  return async (until: Date): Promise<Key> => {
    const held = await last?.catch(() => undefined);
    if (held && held.signedExpiresOn.getTime() >= until.getTime()) return held;
    const now = Date.now();
    // Clocks differ: one that begins now may not have begun there.
    const starts = new Date(now - hourMs / 4);
    last = service.getUserDelegationKey(
      starts,
      new Date(Math.max(now + 24 * hourMs, until.getTime() + hourMs)),
    );
    return last;
  };
}
