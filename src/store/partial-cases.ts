// The contract of blobs that come in over several sittings.
import assert from "node:assert/strict";
import { createUuid } from "../base/id.js";
import type { Store } from "./store.js";
import { assertCode, halvesOf, keysOf, partialOf, pattern, readAll, sit } from "./store-steps.js";

export const partialCases: Record<string, (store: Store) => Promise<void>> = {
  "a blob may come in over several sittings, and is none before it is whole": async (store) => {
    const partial = partialOf(store);
    const bytes = pattern(700_000);
    const key = createUuid(Date.now());
    let epoch = 1;
    for (const [from, to, kept] of [
      [0, 100_000, 100_000],
      [100_000, 500_000, 300_000], // the rest was never committed
      [300_000, 700_000, 700_000],
    ] as const) {
      const writer = await partial.open(key, { offset: from, epoch: epoch++ });
      await writer.write(bytes.subarray(from, from + 50_000));
      await writer.write(bytes.subarray(from + 50_000, to));
      await writer.sync();
      await writer.close();
      assert.deepEqual(await keysOf(store), []);
      await assertCode(store.open(key), "not-found");
      await assertCode(partial.open(key, { offset: to + 1, epoch: epoch++ }), "not-found");
      const cut = await partial.open(key, { offset: kept, epoch: epoch++ });
      await cut.close();
    }
    await partial.finish(key, 700_000);
    assert.ok(bytes.equals(await readAll(store, key)));
    await partial.finish(key, 700_000);
    assert.deepEqual(await keysOf(store), [key]);
    assert.deepEqual(await halvesOf(store), []);
  },
  "a partial blob gives back what does not count, where it can": async (store) => {
    const key = createUuid(Date.now());
    const partial = partialOf(store);
    const writer = await partial.open(key, { offset: 0, epoch: 1 });
    await writer.write(pattern(1000));
    await writer.truncate?.(10);
    await writer.close();
    if (!writer.truncate) return;
    await partial.finish(key, 10);
    assert.ok(
      pattern(1000)
        .subarray(0, 10)
        .equals(await readAll(store, key)),
    );
  },
  "a partial blob that starts anew forgets what was there": async (store) => {
    const partial = partialOf(store);
    const key = createUuid(Date.now());
    for (const size of [200_000, 10]) {
      const writer = await partial.open(key, { offset: 0, epoch: size === 10 ? 2 : 1 });
      await writer.write(pattern(size, size));
      await writer.close();
    }
    await partial.finish(key, 10);
    assert.ok(pattern(10, 10).equals(await readAll(store, key)));
  },
  "partial blobs are listed by themselves, and deleted like others": async (store) => {
    const partial = partialOf(store);
    const [empty, gone] = [createUuid(Date.now()), createUuid(Date.now())];
    for (const key of [empty, gone])
      await (await partial.open(key, { offset: 0, epoch: 1 })).close();
    assert.deepEqual(await halvesOf(store), [empty, gone].sort());
    await store.delete(gone);
    await store.delete(gone);
    assert.equal(await store.sweep(), 0);
    assert.deepEqual(await halvesOf(store), [empty]);
    await assertCode(partial.finish(gone, 0), "not-found");
    await partial.finish(empty, 0);
    assert.equal((await readAll(store, empty)).length, 0);
  },
  "many small sittings are one blob": async (store) => {
    const bytes = pattern(12_000_000);
    const key = createUuid(Date.now());
    // Among those that a storage may be too small for to join, some that are not.
    const cuts = [0, ...Array.from({ length: 40 }, (_, i) => 1000 * (i + 1)), 6_000_000];
    cuts.push(6_000_001, 11_900_000, 12_000_000);
    for (const [i, end] of cuts.slice(1).entries()) {
      const offset = cuts[i] ?? 0;
      await sit(store, key, { offset, epoch: i + 1, bytes: bytes.subarray(offset, end) });
    }
    await partialOf(store).finish(key, bytes.length);
    assert.ok(bytes.equals(await readAll(store, key)));
    assert.deepEqual(await halvesOf(store), []);
  },
  "a blob may be finished by two at once": async (store) => {
    const partial = partialOf(store);
    for (const count of [1, 3]) {
      const bytes = pattern(count * 100_000, count);
      const key = createUuid(Date.now());
      for (let i = 0; i < count; i++) {
        const offset = i * 100_000;
        await sit(store, key, {
          offset,
          epoch: i + 1,
          bytes: bytes.subarray(offset, offset + 100_000),
        });
      }
      await Promise.all(Array.from({ length: 4 }, () => partial.finish(key, bytes.length)));
      assert.ok(bytes.equals(await readAll(store, key)));
    }
    assert.deepEqual(await halvesOf(store), []);
  },
  "has the length that was said, or is none": async (store) => {
    const partial = partialOf(store);
    const key = createUuid(Date.now());
    await sit(store, key, { offset: 0, epoch: 1, bytes: pattern(1000) });
    await assertCode(partial.finish(key, 1001), "not-found");
    assert.deepEqual(await keysOf(store), []);
    await partial.finish(key, 999);
    assert.ok(
      pattern(1000)
        .subarray(0, 999)
        .equals(await readAll(store, key)),
    );
    for await (const each of store.list()) assert.deepEqual(each, { key, size: 999 });
    assert.deepEqual(await halvesOf(store), []);
  },
};

/** For storages that several processes write to. */
export const staleWriterCases: Record<string, (store: Store) => Promise<void>> = {
  "what a writer adds that was taken over never counts": async (store) => {
    const partial = partialOf(store);
    const key = createUuid(Date.now());
    const stale = await partial.open(key, { offset: 0, epoch: 1 });
    await stale.write(pattern(1000));
    await stale.sync();
    await stale.write(pattern(300_000, 5)); // past what counts, before it is taken over
    const next = await partial.open(key, { offset: 1000, epoch: 2 });
    await stale.sync();
    await next.write(pattern(2000, 1));
    await next.sync();
    await stale.write(pattern(300_000, 5));
    await stale.close();
    await next.close();
    await partial.finish(key, 3000);
    const want = Buffer.concat([pattern(1000), pattern(2000, 1)]);
    assert.ok(want.equals(await readAll(store, key)));
    assert.deepEqual(await halvesOf(store), []);
  },
  "nor where nothing has been written since": async (store) => {
    const partial = partialOf(store);
    const key = createUuid(Date.now());
    const stale = await partial.open(key, { offset: 0, epoch: 1 });
    await stale.write(pattern(1000));
    await stale.sync();
    await (await partial.open(key, { offset: 1000, epoch: 2 })).close();
    await stale.write(pattern(1000, 5));
    await stale.close();
    await assertCode(partial.open(key, { offset: 2000, epoch: 3 }), "not-found");
    await assertCode(partial.finish(key, 2000), "not-found");
    await partial.finish(key, 1000);
    assert.ok(pattern(1000).equals(await readAll(store, key)));
  },
  "nor after the end": async (store) => {
    const partial = partialOf(store);
    const key = createUuid(Date.now());
    const stale = await partial.open(key, { offset: 0, epoch: 1 });
    await stale.write(pattern(1000));
    await stale.sync();
    await partial.finish(key, 1000);
    await stale.write(pattern(1000, 5));
    await stale.close();
    await partial.finish(key, 1000);
    assert.ok(pattern(1000).equals(await readAll(store, key)));
    assert.deepEqual(await halvesOf(store), []);
  },
};
