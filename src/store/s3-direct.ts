// What clients send to S3 by themselves, and read. A URL or form that is good for one request could be used again: its
// octets go to a name of their own, and are copied to the blob's when all is there, so that no service has to be trusted
// with a condition for the name. Parts go to the blob's upload, which is over when it is complete.
import type { HeadObjectCommandOutput, Part } from "@aws-sdk/client-s3";
import { isNotFound } from "../base/fault.js";
import { bucketFault, notAnnounced, notComplete, notThere } from "./bucket-fault.js";
import type { BucketSigned, BucketStat } from "./bucket.js";
import { partsOf } from "./direct-parts.js";
import { loadSdk } from "./load-sdk.js";
import { asked, unlessGone, wordOf, type S3Connection } from "./s3-connection.js";
import type { S3Join } from "./s3-join.js";
import { endUpload } from "./s3-upload.js";
import type { DirectRequest, DirectUpload } from "./store.js";

export interface S3DirectOptions {
  readonly connection: S3Connection;
  readonly join: (join: S3Join) => Promise<void>;
  readonly stat: (name: string) => Promise<BucketStat | undefined>;
  readonly remove: (name: string) => Promise<void>;
}

interface Session {
  readonly size: number;
  readonly mediaType: string;
  /** Where the octets go; absent for parts. */
  readonly aside?: string;
  /** Of parts. */
  readonly uploadId?: string;
}

/** The most that one request takes. */
const putBytesMax = 5_368_709_120;
/** What is larger comes in parts, unless the client says otherwise. */
const putBytesUsual = 67_108_864;
/** The most that a signature lives (a week). */
const expirySecondsMax = 604_800;

export async function createS3Direct(options: S3DirectOptions): Promise<BucketSigned> {
  const { connection, stat, remove } = options;
  const { sdk, client, signer, bucket: Bucket } = connection;
  const { getSignedUrl } = await loadSdk(
    "@aws-sdk/s3-request-presigner",
    () => import("@aws-sdk/s3-request-presigner"),
  );

  const putPlan = async (aside: string, wanted: DirectRequest): Promise<DirectUpload> => {
    const { size, mediaType, sha256, expiresMs } = wanted;
    const sum = sha256 === undefined ? undefined : base64Of(sha256);
    const command = new sdk.PutObjectCommand({
      Bucket,
      Key: aside,
      ContentLength: size,
      ContentType: mediaType,
      ...(sum === undefined ? {} : { ChecksumSHA256: sum }),
    });
    const url = await asked(
      getSignedUrl(signer, command, {
        ...validFor(expiresMs),
        signableHeaders: new Set(["content-length", "content-type"]),
        unhoistableHeaders: new Set([sumHeader]),
      }),
    );
    const headers = {
      "content-type": mediaType,
      ...(sum === undefined ? {} : { [sumHeader]: sum }),
    };
    const session: Session = { size, mediaType, aside };
    return { plan: { kind: "put", method: "PUT", url, headers }, session: JSON.stringify(session) };
  };

  const formPlan = async (aside: string, wanted: DirectRequest): Promise<DirectUpload> => {
    const { createPresignedPost } = await loadSdk(
      "@aws-sdk/s3-presigned-post",
      () => import("@aws-sdk/s3-presigned-post"),
    );
    const { size, mediaType, expiresMs } = wanted;
    const policy = createPresignedPost(signer, {
      Bucket,
      Key: aside,
      Conditions: [["content-length-range", size, size]],
      Fields: { "Content-Type": mediaType },
      Expires: Math.min(expirySecondsMax, Math.ceil(expiresMs / 1000)),
    });
    const { url, fields } = await asked(policy);
    const session: Session = { size, mediaType, aside };
    const plan = { kind: "form", method: "POST", url, headers: {}, fields } as const;
    return { plan, session: JSON.stringify(session) };
  };

  const partsPlan = async (name: string, wanted: DirectRequest): Promise<DirectUpload> => {
    const { size, mediaType, expiresMs } = wanted;
    const what = { Bucket, Key: name };
    const begin = new sdk.CreateMultipartUploadCommand({ ...what, ContentType: mediaType });
    const { UploadId } = await asked(client.send(begin));
    const parts = partsOf(size).map(async (part, index) => {
      const length = { PartNumber: index + 1, ContentLength: part.size };
      const command = new sdk.UploadPartCommand({ ...what, UploadId, ...length });
      const signableHeaders = new Set(["content-length"]);
      const url = await getSignedUrl(signer, command, { ...validFor(expiresMs), signableHeaders });
      return { ...part, method: "PUT" as const, url, headers: {} };
    });
    const session: Session = { size, mediaType, ...(UploadId ? { uploadId: UploadId } : {}) };
    return {
      plan: { kind: "parts", parts: await asked(Promise.all(parts)) },
      session: JSON.stringify(session),
    };
  };

  return {
    async read(name, { expiresMs, mediaType, contentDisposition }) {
      const command = new sdk.GetObjectCommand({
        Bucket,
        Key: name,
        ResponseContentType: mediaType,
        ResponseContentDisposition: contentDisposition,
      });
      return asked(getSignedUrl(signer, command, validFor(expiresMs)));
    },

    async begin(name, wanted, aside) {
      if (comesInParts(wanted)) return partsPlan(name, wanted);
      return wanted.method === "POST" ? formPlan(aside, wanted) : putPlan(aside, wanted);
    },

    async complete(name, text) {
      const session: Session = JSON.parse(text);
      const { aside, size } = session;
      // Before it is known that there is no blob yet: what comes there since is another version, and is not brought over.
      const sent = aside === undefined ? undefined : await headOf(connection, aside);
      if (!(await stat(name))) {
        if (aside === undefined) await completeParts(connection, name, session);
        else await bringOver(options, { name, aside, sent, session });
      }
      if (aside !== undefined) await remove(aside);
      const found = await stat(name);
      if (found?.size === size) return found;
      throw found ? bucketFault(undefined, { status: undefined, word: "OtherSize" }) : notThere();
    },

    async abort(name, text) {
      const { aside, uploadId }: Session = JSON.parse(text);
      if (aside !== undefined) await remove(aside);
      if (uploadId !== undefined) await endUpload(connection, { Key: name, UploadId: uploadId });
      await remove(name);
    },
  };
}

const sumHeader = "x-amz-checksum-sha256";

function comesInParts({ size, method }: DirectRequest): boolean {
  if (size === 0) return false;
  return method === "parts" || size > (method === undefined ? putBytesUsual : putBytesMax);
}

/** One that is over already was good before. */
function validFor(expiresMs: number): { expiresIn: number; signingDate?: Date } {
  if (expiresMs <= 0) return { expiresIn: 1, signingDate: new Date(Date.now() + expiresMs - 1000) };
  return { expiresIn: Math.min(expirySecondsMax, Math.ceil(expiresMs / 1000)) };
}

function base64Of(hex: string): string {
  return Buffer.from(hex, "hex").toString("base64");
}

interface ToBring {
  readonly name: string;
  readonly aside: string;
  readonly sent: HeadObjectCommandOutput | undefined;
  readonly session: Session;
}

function headOf(
  { sdk, client, bucket }: S3Connection,
  name: string,
): Promise<HeadObjectCommandOutput | undefined> {
  return unlessGone(client.send(new sdk.HeadObjectCommand({ Bucket: bucket, Key: name })));
}

/** What was sent and is not what was announced is deleted. */
async function bringOver(
  { join, remove }: S3DirectOptions,
  { name, aside, sent, session }: ToBring,
): Promise<void> {
  if (!sent) throw notComplete("Nothing has been sent.");
  const { ContentLength: size = 0, ContentType: mediaType, ETag: version = "" } = sent;
  const wrong = wrongIn({ size, mediaType }, session);
  if (wrong !== undefined) {
    await remove(aside);
    throw notAnnounced(wrong);
  }
  await join({ sources: [{ name: aside, size }], to: name, version }).catch((error: unknown) => {
    throw isNotFound(error) ? notComplete("Something else is being sent.") : error;
  });
}

function wrongIn(
  found: { readonly size: number; readonly mediaType: string | undefined },
  { size, mediaType }: Session,
): string | undefined {
  if (found.size !== size) return `The file has ${found.size} octets; ${size} were announced.`;
  if (found.mediaType !== mediaType)
    return `The file was sent as ${found.mediaType}; it was announced as ${mediaType}.`;
  return undefined;
}

async function completeParts(
  connection: S3Connection,
  name: string,
  { size, uploadId: UploadId = "" }: Session,
): Promise<void> {
  const { sdk, client, bucket: Bucket } = connection;
  const what = { Bucket, Key: name, UploadId };
  const sent = await partsSent(connection, what);
  const wanted = partsOf(size);
  const Parts = wanted.flatMap((part, index) => {
    const found = sent.get(index + 1);
    return found?.Size === part.size ? [{ PartNumber: index + 1, ETag: found.ETag }] : [];
  });
  if (Parts.length < wanted.length) {
    const count = wanted.length - Parts.length;
    throw notComplete(`Of ${wanted.length} parts ${count} are missing or of another size.`);
  }
  const command = new sdk.CompleteMultipartUploadCommand({ ...what, MultipartUpload: { Parts } });
  await asked(client.send(command)).catch((error: unknown) => {
    const word = wordOf(error);
    // Another process has been faster, or the answer was lost: then the blob is there.
    if (word === "NoSuchUpload") return;
    if (word === "InvalidPart") throw notComplete("A part is being sent again.");
    throw error;
  });
}

async function partsSent(
  { sdk, client }: S3Connection,
  what: { readonly Bucket: string; readonly Key: string; readonly UploadId: string },
): Promise<Map<number, Part>> {
  const sent = new Map<number, Part>();
  let PartNumberMarker: string | undefined;
  do {
    const command = new sdk.ListPartsCommand({ ...what, PartNumberMarker });
    const page = await asked(client.send(command)).catch((error: unknown) => {
      if (wordOf(error) === "NoSuchUpload") throw notComplete("The upload has ended.");
      throw error;
    });
    for (const part of page.Parts ?? []) sent.set(part.PartNumber ?? 0, part);
    PartNumberMarker = page.IsTruncated ? page.NextPartNumberMarker : undefined;
  } while (PartNumberMarker !== undefined);
  return sent;
}
