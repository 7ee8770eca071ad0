// S3, and whatever speaks it, as a bucket, by AWS' own SDK.
import type { GetObjectCommandOutput } from "@aws-sdk/client-s3";
import { bucketFault } from "./bucket-fault.js";
import type { Bucket, BucketObject, BucketStat } from "./bucket.js";
import { asked, connectS3, s3Fault, statusOf, unlessGone } from "./s3-connection.js";
import type { S3Connection, S3Options } from "./s3-connection.js";
import { createS3Direct } from "./s3-direct.js";
import { createS3Join } from "./s3-join.js";
import { endUpload } from "./s3-upload.js";
import { createS3Writer } from "./s3-writer.js";
import { chunksWithin } from "./within.js";

/**
 * `s3://bucket/prefix?endpoint=…&publicEndpoint=…&region=…&forcePathStyle=…`; the prefix is for whoever uses the bucket.
 * Rejects with a TypeError for what cannot be used.
 */
export async function createS3Bucket(url: URL, options: S3Options = {}): Promise<Bucket> {
  const connection = await connectS3(url, options);
  const { sdk, client, bucket } = connection;
  const read: Bucket["read"] = (name, how) => readObject(connection, name, how);
  const join = createS3Join(connection, read);
  const stat = (name: string): Promise<BucketStat | undefined> => statObject(connection, name);
  const remove = async (name: string): Promise<void> => {
    await unlessGone(client.send(new sdk.DeleteObjectCommand({ Bucket: bucket, Key: name })));
  };
  return {
    write: (name) => createS3Writer(connection, name),
    stat,
    read,
    delete: remove,
    list: (prefix) => listObjects(connection, prefix),
    join: (sources, to) => join({ sources, to }),
    sweep: (prefix, beforeMs) => sweepUploads(connection, prefix, beforeMs),
    signed: await createS3Direct({ connection, join, stat, remove }),
  };
}

async function statObject(
  { sdk, client, bucket }: S3Connection,
  name: string,
): Promise<BucketStat | undefined> {
  const command = new sdk.HeadObjectCommand({ Bucket: bucket, Key: name, ChecksumMode: "ENABLED" });
  const found = await unlessGone(client.send(command));
  if (!found) return undefined;
  const { ContentLength: size = 0, ETag: version = "", ChecksumSHA256: sum } = found;
  // Of an object in parts it is one of the parts' own, with their number after a hyphen.
  const isWhole = sum !== undefined && !sum.includes("-");
  const sha256 = isWhole ? Buffer.from(sum, "base64").toString("hex") : undefined;
  return { size, version, sha256 };
}

async function* readObject(
  { sdk, client, bucket, silentMs }: S3Connection,
  name: string,
  { range, version }: Parameters<Bucket["read"]>[1],
): AsyncGenerator<Uint8Array> {
  const command = new sdk.GetObjectCommand({
    Bucket: bucket,
    Key: name,
    ...(range ? { Range: `bytes=${range.start}-${range.end}` } : {}),
    ...(version === undefined ? {} : { IfMatch: version }),
  });
  let found: GetObjectCommandOutput;
  try {
    found = await client.send(command);
  } catch (error) {
    if (range && statusOf(error) === 416) return; // it ends before
    throw s3Fault(error);
  }
  let missing = found.ContentLength ?? 0;
  try {
    for await (const chunk of chunksWithin(streamOf(found), silentMs)) {
      missing -= chunk.length;
      yield chunk;
    }
  } catch (error) {
    throw s3Fault(error);
  }
  if (missing > 0) throw bucketFault(undefined, { status: undefined, word: "IncompleteBody" });
}

function streamOf({ Body }: GetObjectCommandOutput): AsyncIterable<unknown> {
  if (Body && Symbol.asyncIterator in Body) return Body;
  throw new Error("In Node a body is a stream.");
}

async function* listObjects(
  { sdk, client, bucket: Bucket }: S3Connection,
  Prefix: string,
): AsyncGenerator<BucketObject> {
  let ContinuationToken: string | undefined;
  do {
    const command = new sdk.ListObjectsV2Command({ Bucket, Prefix, ContinuationToken });
    const page = await asked(client.send(command));
    for (const { Key: name = "", Size: size = 0, LastModified } of page.Contents ?? [])
      yield { name, size, modifiedMs: LastModified?.getTime() ?? 0 };
    ContinuationToken = page.IsTruncated ? page.NextContinuationToken : undefined;
  } while (ContinuationToken !== undefined);
}

async function sweepUploads(
  { sdk, client, bucket: Bucket }: S3Connection,
  Prefix: string,
  beforeMs: number,
): Promise<number> {
  let swept = 0;
  let from: { KeyMarker?: string | undefined; UploadIdMarker?: string | undefined } = {};
  for (;;) {
    const command = new sdk.ListMultipartUploadsCommand({ Bucket, Prefix, ...from });
    const page = await asked(client.send(command));
    for (const { Key = "", UploadId = "", Initiated } of page.Uploads ?? []) {
      if ((Initiated?.getTime() ?? Infinity) >= beforeMs) continue;
      await endUpload({ sdk, client, bucket: Bucket }, { Key, UploadId });
      swept++;
    }
    if (!page.IsTruncated) return swept;
    from = { KeyMarker: page.NextKeyMarker, UploadIdMarker: page.NextUploadIdMarker };
  }
}
