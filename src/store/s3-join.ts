// One object of the octets of others. S3 copies them itself, each as a part of a multipart upload, if it has 5 MiB; smaller
// ones go through this process together, with the head of the next if it takes that.
import { bucketFault } from "./bucket-fault.js";
import type { BucketObject } from "./bucket.js";
import { asked, type S3Connection } from "./s3-connection.js";
import { createS3Upload, sourceOf, type S3Source, type S3Upload } from "./s3-upload.js";
import { partBytesUsual, putObject } from "./s3-writer.js";
import type { ByteRange } from "./store.js";

export interface S3Join {
  readonly sources: readonly Pick<BucketObject, "name" | "size">[];
  readonly to: string;
  /** Of each source, where it is to be that one: another one is `not-found`. */
  readonly version?: string;
}

/** One part: a stretch of one source, or stretches that are read and sent. */
export type JoinPart = readonly [S3Source, ...S3Source[]];

const mebibyte = 1_048_576;
/** What the service takes for a part that is not the last. */
const partBytesMin = 5 * mebibyte;
/** Of a copy in one request: it takes 5 GiB, in its own time. */
const copyBytesMax = 1024 * mebibyte;
const stretchBytes = 256 * mebibyte;
/** Of 10,000; the rest is for rounding. */
const partsMax = 9000;
const atOnce = 4;

type Read = (
  name: string,
  how: { readonly range?: ByteRange; readonly version?: string | undefined },
) => AsyncIterable<Uint8Array>;

export function createS3Join(
  connection: S3Connection,
  read: Read,
): (join: S3Join) => Promise<void> {
  const octetsOf = async (sources: readonly S3Source[]): Promise<Buffer> => {
    const chunks: Uint8Array[] = [];
    let missing = 0;
    for (const { name, range, version } of sources) {
      missing += range.end - range.start + 1;
      for await (const chunk of read(name, { range, version })) {
        missing -= chunk.length;
        chunks.push(chunk);
      }
    }
    if (missing !== 0) throw bucketFault(undefined, { status: undefined, word: "IncompleteBody" });
    return Buffer.concat(chunks);
  };
  const sendPart = async (upload: S3Upload, number: number, part: JoinPart): Promise<void> => {
    const [first, second] = part;
    const isLarge = !second && first.range.end - first.range.start + 1 >= partBytesMin;
    if (isLarge) await upload.copy(number, first);
    else await upload.send(number, await octetsOf(part));
  };

  return async ({ sources, to, version }) => {
    const [first] = sources;
    const size = sources.reduce((sum, each) => sum + each.size, 0);
    if (first && sources.length === 1 && size <= copyBytesMax)
      return copyObject(connection, { name: first.name, to, version });
    const { parts, atOnce: workers } = planJoin(sources, version);
    if (size <= partBytesUsual)
      return putObject(connection, { name: to, bytes: await octetsOf(parts.flat()) });
    const upload = createS3Upload(connection, to);
    try {
      const numbered = parts.entries();
      const work = async (): Promise<void> => {
        for (const [index, part] of numbered) await sendPart(upload, index + 1, part);
      };
      await allOf(Array.from({ length: workers }, work));
      await upload.complete(size);
    } catch (error) {
      await upload.discard().catch(() => undefined);
      throw error;
    }
  };
}

/** Rejects with the first failure, once nothing runs any more. */
async function allOf(work: readonly Promise<void>[]): Promise<void> {
  for (const each of await Promise.allSettled(work))
    if (each.status === "rejected") throw each.reason;
}

/** How the service's limits are kept: how large a part is at least, and how many there are at most. */
export function planJoin(
  sources: S3Join["sources"],
  version?: string,
): { readonly parts: readonly JoinPart[]; readonly atOnce: number } {
  const size = sources.reduce((sum, each) => sum + each.size, 0);
  const least = Math.max(partBytesMin, Math.ceil(size / partsMax));
  const most = Math.max(stretchBytes, 2 * least);
  const parts: JoinPart[] = [];
  let run: S3Source[] = [];
  let held = 0;
  const flush = (): void => {
    const [first, ...rest] = run;
    if (first) parts.push([first, ...rest]);
    run = [];
    held = 0;
  };
  for (const { name, size: length } of sources) {
    for (let start = 0; start < length;) {
      const left = length - start;
      // What is held needs more; what is left over at the end of a source must not be too little.
      const wanted = held > 0 ? least - held : left < 2 * most ? left : most;
      const end = start + Math.min(left, wanted);
      run.push({ name, version, range: { start, end: end - 1 } });
      held += end - start;
      start = end;
      if (held >= least) flush();
    }
  }
  flush();
  return { parts, atOnce: least > 2 * partBytesMin ? 1 : atOnce };
}

interface S3Copy {
  readonly name: string;
  readonly to: string;
  readonly version: string | undefined;
}

async function copyObject(
  { sdk, client, bucket }: S3Connection,
  { name, to, version }: S3Copy,
): Promise<void> {
  const command = new sdk.CopyObjectCommand({
    Bucket: bucket,
    Key: to,
    CopySource: sourceOf(bucket, name),
    ...(version === undefined ? {} : { CopySourceIfMatch: version }),
  });
  await asked(client.send(command));
}
