// One object on its way to S3: what fits into one part is sent in one request, else parts of a multipart upload, of which
// one is sent while the next fills.
import { WaybillError } from "../base/fault.js";
import { createObjectWriter } from "./object-writer.js";
import { createPieces } from "./pieces.js";
import { asked, type S3Connection } from "./s3-connection.js";
import { createS3Upload, md5 } from "./s3-upload.js";
import type { BlobWriter } from "./store.js";

const mebibyte = 1_048_576;
/** More than a segment of an object store, so that one is one request. */
export const partBytesUsual = 9 * mebibyte;
const partBytesMax = 64 * mebibyte;
const partsMax = 10_000;

/** They grow, so that 467 GiB fit into 10,000; what is larger has to be sent directly. */
function partBytes(index: number): number {
  return Math.min(partBytesMax, partBytesUsual * 2 ** Math.floor(index / 1250));
}

export function createS3Writer(connection: S3Connection, name: string): BlobWriter {
  const { sdk, client, bucket } = connection;
  const stop = new AbortController();
  const upload = createS3Upload(connection, name, stop.signal);
  let [count, sent] = [0, 0];
  const send = async (bytes: Buffer): Promise<void> => {
    if (count === partsMax) throw tooLarge(sent);
    count++;
    sent += bytes.length;
    await upload.send(count, bytes);
  };
  const pieces = createPieces({ size: () => partBytes(count), send });

  async function make(): Promise<void> {
    const rest = await pieces.rest();
    if (count === 0) return putObject(connection, { name, bytes: rest, signal: stop.signal });
    if (rest.length > 0) await send(rest);
    await upload.complete(sent);
  }

  return createObjectWriter({
    pieces,
    make,
    interrupt: () => stop.abort(),
    async discard(isMade) {
      await upload.discard();
      const command = new sdk.DeleteObjectCommand({ Bucket: bucket, Key: name });
      if (isMade) await asked(client.send(command));
    },
  });
}

interface S3Put {
  readonly name: string;
  readonly bytes: Buffer;
  readonly signal?: AbortSignal;
}

/** In one request. */
export async function putObject(
  { sdk, client, bucket }: S3Connection,
  { name, bytes, signal }: S3Put,
): Promise<void> {
  const body = { Body: bytes, ContentLength: bytes.length, ContentMD5: md5(bytes) };
  const command = new sdk.PutObjectCommand({ Bucket: bucket, Key: name, ...body });
  await asked(client.send(command, signal ? { abortSignal: signal } : {}));
}

function tooLarge(bytes: number): WaybillError {
  const limit = { name: "objectBytesMax", value: bytes };
  const detail = "The storage takes no more octets in one go. Send such a file directly to it.";
  return new WaybillError({ code: "file-too-large", detail, limit });
}
