// One multipart upload of S3: parts in any order, several at once, and the object of them at the end. It is begun with its
// first part; what is discarded leaves nothing, and an object that stands under the name stays.
import { createHash } from "node:crypto";
import type { CompletedPart } from "@aws-sdk/client-s3";
import { asked, unlessGone, wordOf, type S3Connection } from "./s3-connection.js";
import type { ByteRange } from "./store.js";

export interface S3Upload {
  /** `number` from 1 on. */
  send(number: number, bytes: Buffer): Promise<void>;
  /** Of another object, which is to be that version if one is named. Rejects with `not-found`. */
  copy(number: number, from: S3Source): Promise<void>;
  /** All parts are there: the object, with so many octets. */
  complete(size: number): Promise<void>;
  discard(): Promise<void>;
}

export interface S3Source {
  readonly name: string;
  readonly range: ByteRange;
  readonly version?: string | undefined;
}

export function createS3Upload(
  { sdk, client, bucket: Bucket }: S3Connection,
  Key: string,
  abortSignal?: AbortSignal,
): S3Upload {
  const parts = new Map<number, CompletedPart>();
  const how = abortSignal ? { abortSignal } : {};
  let begun: Promise<string> | undefined;
  const idOf = (): Promise<string> =>
    (begun ??= asked(client.send(new sdk.CreateMultipartUploadCommand({ Bucket, Key }))).then(
      ({ UploadId = "" }) => UploadId,
    ));

  return {
    async send(number, bytes) {
      const what = { Bucket, Key, UploadId: await idOf(), PartNumber: number };
      const body = { Body: bytes, ContentLength: bytes.length, ContentMD5: md5(bytes) };
      const command = new sdk.UploadPartCommand({ ...what, ...body });
      const { ETag } = await asked(client.send(command, how));
      parts.set(number, { PartNumber: number, ETag });
    },
    async copy(number, { name, range, version }) {
      const command = new sdk.UploadPartCopyCommand({
        Bucket,
        Key,
        UploadId: await idOf(),
        PartNumber: number,
        CopySource: sourceOf(Bucket, name),
        CopySourceRange: `bytes=${range.start}-${range.end}`,
        ...(version === undefined ? {} : { CopySourceIfMatch: version }),
      });
      const { CopyPartResult } = await asked(client.send(command, how));
      parts.set(number, { PartNumber: number, ETag: CopyPartResult?.ETag });
    },
    async complete(size) {
      const Parts = [...parts.values()].sort((a, b) => (a.PartNumber ?? 0) - (b.PartNumber ?? 0));
      const what = { Bucket, Key, UploadId: await idOf(), MultipartUpload: { Parts } };
      const command = new sdk.CompleteMultipartUploadCommand(what);
      await asked(client.send(command, how)).catch(async (error: unknown) => {
        // The first answer may have been lost, and the SDK has asked again.
        if (wordOf(error) !== "NoSuchUpload") throw error;
        const head = new sdk.HeadObjectCommand({ Bucket, Key });
        const found = await unlessGone(client.send(head));
        if (found?.ContentLength !== size) throw error;
      });
    },
    async discard() {
      const UploadId = await begun?.catch(() => undefined);
      if (UploadId === undefined) return;
      await endUpload({ sdk, client, bucket: Bucket }, { Key, UploadId });
    },
  };
}

/** One that is not there is no error. */
export async function endUpload(
  { sdk, client, bucket }: Pick<S3Connection, "sdk" | "client" | "bucket">,
  upload: { readonly Key: string; readonly UploadId: string },
): Promise<void> {
  const command = new sdk.AbortMultipartUploadCommand({ Bucket: bucket, ...upload });
  await unlessGone(client.send(command)).catch((error: unknown) => {
    if (wordOf(error) !== "NoSuchUpload") throw error;
  });
}

/** As the header of a copy names it. */
export function sourceOf(bucket: string, name: string): string {
  return `${bucket}/${name.split("/").map(encodeURIComponent).join("/")}`;
}

/** What the service compares with what it received; every one knows this one. */
export function md5(bytes: Uint8Array): string {
  return createHash("md5").update(bytes).digest("base64");
}
