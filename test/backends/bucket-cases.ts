// What every bucket does, whichever vendor's: cases for any runner, each in a bucket that is empty.
import assert from "node:assert/strict";
import { isWaybillError } from "../../src/base/fault.js";
import type { Bucket, BucketObject } from "../../src/store/bucket.js";

export interface BucketCase {
  readonly name: string;
  run(bucket: Bucket): Promise<void>;
}

const cases: Record<string, (bucket: Bucket) => Promise<void>> = {
  "reads back what was written, at every size around a piece": async (bucket) => {
    for (const size of [0, 1, 4_194_303, 4_194_304, 4_194_305, 8_388_608, 13_000_001]) {
      const bytes = pattern(size);
      await put(bucket, `sizes/${size}`, bytes, 1_000_000);
      assert.ok(bytes.equals(await readAll(bucket, `sizes/${size}`)), `${size} octets`);
      assert.equal((await bucket.stat(`sizes/${size}`))?.size, size);
    }
  },
  "takes one write that is larger than all pieces, and many small ones": async (bucket) => {
    const bytes = pattern(20_000_000);
    await put(bucket, "one", bytes, bytes.length);
    assert.ok(bytes.equals(await readAll(bucket, "one")));
    await put(bucket, "many", bytes.subarray(0, 9_000_000), 10_007);
    assert.ok(bytes.subarray(0, 9_000_000).equals(await readAll(bucket, "many")));
  },
  "shows an object when it is closed, and not before": async (bucket) => {
    const writer = bucket.write("late");
    await writer.write(pattern(9_000_000));
    assert.equal(await bucket.stat("late"), undefined);
    assert.deepEqual(await names(bucket, ""), []);
    await assertCode(readAll(bucket, "late"), "not-found");
    await writer.close();
    assert.deepEqual(await names(bucket, ""), ["late"]);
  },
  "leaves nothing of what is aborted": async (bucket) => {
    for (const size of [0, 10, 9_000_000]) {
      const early = bucket.write("early");
      await early.write(pattern(size));
      await early.abort();
      await early.abort();
      const during = bucket.write("during");
      await during.write(pattern(size));
      const closing = during.close().catch(() => undefined);
      await during.abort();
      await closing;
      const after = bucket.write("after");
      await after.write(pattern(size));
      await after.close();
      await after.abort();
    }
    assert.deepEqual(await names(bucket, ""), []);
    assert.equal(await bucket.sweep("", Date.now() + 60_000), 0);
  },
  "reads ranges, both ends inclusive, and no more than there is": async (bucket) => {
    const bytes = pattern(5_000_000);
    await put(bucket, "ranges", bytes, 1_000_000);
    const ranges: [start: number, end: number][] = [
      [0, 0],
      [4_999_999, 4_999_999],
      [4_194_300, 4_194_310],
      [100, 4_500_000],
      [4_999_990, 6_000_000],
      [5_000_000, 5_000_001],
    ];
    for (const [start, end] of ranges) {
      const back = await readAll(bucket, "ranges", { range: { start, end } });
      assert.ok(bytes.subarray(start, end + 1).equals(back), `${start}-${end}`);
    }
    await put(bucket, "empty", pattern(0), 1);
    assert.equal((await readAll(bucket, "empty", { range: { start: 0, end: 9 } })).length, 0);
  },
  "reads one version alone": async (bucket) => {
    await put(bucket, "v", Buffer.from("first"), 10);
    const first = await bucket.stat("v");
    assert.ok(first);
    assert.equal((await readAll(bucket, "v", { version: first.version })).toString(), "first");
    await bucket.delete("v");
    await put(bucket, "v", Buffer.from("other"), 10);
    assert.notEqual((await bucket.stat("v"))?.version, first.version);
    await assertCode(readAll(bucket, "v", { version: first.version }), "not-found");
  },
  "deletes, also what is not there": async (bucket) => {
    await put(bucket, "d/1", pattern(3), 10);
    await put(bucket, "d/2", pattern(3), 10);
    await bucket.delete("d/1");
    await bucket.delete("d/1");
    await bucket.delete("d/never");
    assert.deepEqual(await names(bucket, ""), ["d/2"]);
    assert.equal(await bucket.stat("d/1"), undefined);
    await assertCode(readAll(bucket, "d/1"), "not-found");
  },
  "lists by how names begin, in their order, with sizes and times": async (bucket) => {
    const wanted = ["a/1", "a/10", "a/2", "a b+c%/ü", "ab", "b/1"];
    for (const [i, name] of wanted.entries()) await put(bucket, name, pattern(i), 100);
    assert.deepEqual(await names(bucket, "a/"), ["a/1", "a/10", "a/2"]);
    assert.deepEqual(await names(bucket, "a"), ["a b+c%/ü", "a/1", "a/10", "a/2", "ab"]);
    assert.deepEqual((await names(bucket, "")).length, wanted.length);
    assert.ok((await readAll(bucket, "a b+c%/ü")).equals(pattern(3)));
    for (const { name, size, modifiedMs } of await listed(bucket, "")) {
      assert.equal(size, wanted.indexOf(name));
      assert.ok(Math.abs(modifiedMs - Date.now()) < 60_000);
    }
  },
  "joins objects, which stay; one is a copy": async (bucket) => {
    const bytes = [pattern(5_000_000, 1), pattern(0), pattern(17, 2), pattern(4_300_000, 3)];
    for (const [i, each] of bytes.entries()) await put(bucket, `j/${i}`, each, 1_000_000);
    const sources = await listed(bucket, "j/");
    await bucket.join(sources, "joined");
    assert.ok(Buffer.concat(bytes).equals(await readAll(bucket, "joined")));
    await bucket.join(sources.slice(0, 1), "copy");
    assert.ok(bytes[0]?.equals(await readAll(bucket, "copy")));
    assert.equal((await names(bucket, "j/")).length, 4);
  },
  "joins once: whoever joins the same again, or at the same time, leaves it as it is": async (
    bucket,
  ) => {
    for (const size of [10, 9_000_000]) {
      await put(bucket, `o/${size}/1`, pattern(size, 1), 1_000_000);
      await put(bucket, `o/${size}/2`, pattern(size, 2), 1_000_000);
      const sources = await listed(bucket, `o/${size}/`);
      for (const some of [sources, sources.slice(0, 1)]) {
        const to = `once/${size}/${some.length}`;
        await bucket.join(some, to);
        const { version } = (await bucket.stat(to)) ?? {};
        await Promise.all([bucket.join(some, to), bucket.join(some, to)]);
        assert.equal((await bucket.stat(to))?.version, version, to);
      }
    }
    assert.equal((await names(bucket, "once/")).length, 4);
  },
  "joins more than a storage takes at once": async (bucket) => {
    const count = 70;
    const bytes = Array.from({ length: count }, (_, i) => pattern(100 + i, i));
    await Promise.all(bytes.map((each, i) => put(bucket, `m/${1000 + i}`, each, 1000)));
    await bucket.join(await listed(bucket, "m/"), "all");
    assert.ok(Buffer.concat(bytes).equals(await readAll(bucket, "all")));
    assert.deepEqual(await names(bucket, "all"), ["all"]);
    assert.equal((await names(bucket, "")).length, count + 1);
  },
  "joins nothing where a source is gone": async (bucket) => {
    await put(bucket, "here", pattern(10), 10);
    const [here] = await listed(bucket, "here");
    assert.ok(here);
    const gone = { ...here, name: "gone" };
    await assertCode(bucket.join([here, gone], "to"), "not-found");
    await assertCode(bucket.join([gone], "to"), "not-found");
    assert.deepEqual(await names(bucket, ""), ["here"]);
    assert.equal(await bucket.sweep("", Date.now() + 60_000), 0);
  },
  "a reader may stop early": async (bucket) => {
    await put(bucket, "long", pattern(20_000_000), 1_000_000);
    for await (const chunk of bucket.read("long", {})) {
      assert.ok(chunk.length > 0);
      break;
    }
    await bucket.delete("long");
  },
};

export const bucketCases: readonly BucketCase[] = Object.entries(cases).map(([name, run]) => ({
  name,
  run,
}));

export async function put(
  bucket: Bucket,
  name: string,
  bytes: Buffer,
  piece: number,
): Promise<void> {
  const writer = bucket.write(name);
  for (let at = 0; at < bytes.length; at += piece)
    await writer.write(bytes.subarray(at, at + piece));
  await writer.close();
}

export async function readAll(
  bucket: Bucket,
  name: string,
  how: Parameters<Bucket["read"]>[1] = {},
): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of bucket.read(name, how)) chunks.push(chunk);
  return Buffer.concat(chunks);
}

export async function listed(bucket: Bucket, prefix: string): Promise<BucketObject[]> {
  const found: BucketObject[] = [];
  for await (const each of bucket.list(prefix)) found.push(each);
  return found;
}

export async function names(bucket: Bucket, prefix: string): Promise<string[]> {
  return (await listed(bucket, prefix)).map(({ name }) => name);
}

export async function assertCode(work: Promise<unknown>, code: string): Promise<void> {
  await assert.rejects(work, (error) => isWaybillError(error) && error.code === code);
}

/** Octets that differ from place to place. */
export function pattern(size: number, seed = 0): Buffer {
  const bytes = Buffer.alloc(size);
  for (let i = 0; i < size; i++) bytes[i] = (i * 31 + (i >> 8) * 7 + (i >> 16) * 13 + seed) & 255;
  return bytes;
}
