// Blobs that come in over several sittings, in a bucket whose objects cannot grow: each sync makes an object of what has
// gathered (`segments.ts` says which of them count), and finishing joins them.
import { randomBytes } from "node:crypto";
import { isUuid } from "../base/id.js";
import { isNotFound, WaybillError } from "../base/fault.js";
import type { Bucket, BucketObject } from "./bucket.js";
import type { ObjectNames } from "./object-names.js";
import { notThere } from "./object-reader.js";
import { parseSegment, piecesOf, segmentName, type Piece, type Segment } from "./segments.js";
import { SegmentWriter } from "./segment-writer.js";
import type { PartialBlobs } from "./store.js";

/** Deletions on their way. */
const atOnce = 8;

export interface ObjectPartials extends PartialBlobs {
  /** Whatever is there of it; one that is being finished just then is no blob afterwards. */
  delete(key: string): Promise<void>;
  /** What was left before then of those that are blobs by now, or deleted. */
  sweep(beforeMs: number): Promise<number>;
}

interface Half {
  readonly segments: readonly Segment[];
  /** These, and what was made of them on the way. */
  readonly objects: readonly BucketObject[];
  readonly isDeleted: boolean;
}

export function createObjectPartials(bucket: Bucket, names: ObjectNames): ObjectPartials {
  const look = async (key: string): Promise<Half> => {
    const objects: BucketObject[] = [];
    for await (const object of bucket.list(names.partial(key))) objects.push(object);
    return halfOf(objects);
  };

  /** Each key with its objects. */
  async function* all(): AsyncGenerator<{ key: string; objects: readonly BucketObject[] }> {
    let [key, objects]: [string, BucketObject[]] = ["", []];
    for await (const object of bucket.list(names.folders.partial)) {
      const [next = ""] = object.name.slice(names.folders.partial.length).split("/", 1);
      if (next !== key && isUuid(key)) yield { key, objects };
      if (next !== key) [key, objects] = [next, []];
      objects.push(object);
    }
    if (isUuid(key)) yield { key, objects };
  }

  const remove = async (objects: readonly BucketObject[]): Promise<void> => {
    for (let from = 0; from < objects.length; from += atOnce)
      await Promise.all(objects.slice(from, from + atOnce).map(({ name }) => bucket.delete(name)));
  };

  const isBlob = async (key: string, size: number): Promise<boolean> =>
    (await bucket.stat(names.blob(key)))?.size === size;

  const join = async (key: string, size: number): Promise<void> => {
    const { segments, isDeleted } = await look(key);
    const pieces = isDeleted ? undefined : piecesOf(segments, size);
    if (!pieces) throw notThere();
    const sources: BucketObject[] = [];
    for (const piece of pieces) sources.push(await whole(bucket, piece, names.partial(key)));
    // Of nothing, a copy of nothing: under the blob's name nothing is written that could be taken back.
    await bucket.join(sources.length > 0 ? sources : empty(segments), names.blob(key));
  };

  return {
    async open(key, { offset, epoch }) {
      const { segments, isDeleted } = await look(key);
      const earlier = segments.filter((segment) => segment.epoch < epoch);
      const isThere = !isDeleted && (offset === 0 || piecesOf(earlier, offset) !== undefined);
      if (!isThere) throw notThere();
      const put = async (at: number, chunks: readonly Uint8Array[]): Promise<void> => {
        const name = `${names.partial(key)}${segmentName({ epoch, offset: at })}`;
        await write(bucket, name, chunks);
      };
      // Before anything is written: from now on, nothing counts here but what this epoch writes.
      await put(offset, []);
      return new SegmentWriter(put, offset);
    },

    async finish(key, size) {
      if (!(await isBlob(key, size))) {
        await join(key, size).catch(async (error: unknown) => {
          // Another process has been faster, and has deleted the segments.
          const isGone = isNotFound(error);
          if (!isGone || !(await isBlob(key, size))) throw error;
        });
        if (!(await isBlob(key, size))) throw otherSize();
      }
      const { objects, isDeleted } = await look(key);
      await remove(objects);
      if (!isDeleted) return;
      await bucket.delete(names.blob(key));
      throw notThere();
    },

    async *list() {
      for await (const { key, objects } of all()) {
        const { segments, isDeleted } = halfOf(objects);
        if (!isDeleted && segments.length > 0) yield key;
      }
    },

    async delete(key) {
      const { objects } = await look(key);
      if (objects.length === 0) return;
      await write(bucket, names.grave(key), []);
      await remove(objects);
    },

    async sweep(beforeMs) {
      let swept = 0;
      for await (const { key, objects } of all()) {
        if (objects.some(({ modifiedMs }) => modifiedMs >= beforeMs)) continue;
        const isOver = halfOf(objects).isDeleted || (await bucket.stat(names.blob(key)));
        if (!isOver) continue;
        for (const { name } of objects) await bucket.delete(name); // in their order: the grave last
        swept++;
      }
      return swept;
    },
  };
}

function halfOf(all: readonly BucketObject[]): Half {
  const objects = all.filter(({ name }) => !isGrave(name));
  const segments = objects.flatMap((object) => parseSegment(object) ?? []);
  return { segments, objects, isDeleted: objects.length < all.length };
}

function isGrave(name: string): boolean {
  return name.endsWith("/deleted");
}

/** Through the process where it counts in part: of that, no storage makes another object. */
async function whole(
  bucket: Bucket,
  { object, start, end }: Piece,
  folder: string,
): Promise<BucketObject> {
  if (start === 0 && end === object.size) return object;
  const name = `${folder}cut-${randomBytes(6).toString("hex")}`;
  await write(bucket, name, bucket.read(object.name, { range: { start, end: end - 1 } }));
  return { name, size: end - start, modifiedMs: object.modifiedMs };
}

/** The first is empty: it was made when the first epoch began. */
function empty(segments: readonly Segment[]): BucketObject[] {
  return segments
    .filter(({ object }) => object.size === 0)
    .slice(0, 1)
    .map(({ object }) => object);
}

async function write(
  bucket: Bucket,
  name: string,
  chunks: Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
): Promise<void> {
  const writer = bucket.write(name);
  try {
    for await (const chunk of chunks) await writer.write(chunk);
    await writer.close();
  } catch (error) {
    await writer.abort().catch(() => undefined); // the sweep's, then
    throw error;
  }
}

function otherSize(): WaybillError {
  const detail = "The storage has not made of the octets what it was to.";
  return new WaybillError({ code: "unavailable", detail });
}
