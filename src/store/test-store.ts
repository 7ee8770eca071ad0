// The contract of a store as test cases for any runner: each runs by itself and throws when broken.
// Part of `waybill/testing`; knows no store but the one it is handed.
import assert from "node:assert/strict";
import { createUuid } from "../base/id.js";
import { partialCases, staleWriterCases } from "./partial-cases.js";
import { quarantineCases } from "./quarantine-cases.js";
import { readBlob } from "./read-blob.js";
import { signedCases } from "./signed-cases.js";
import type { Store } from "./store.js";
import { assertCode, keysOf, pattern, put, readAll, sit, sweepAll } from "./store-steps.js";

export interface StoreUnderTest {
  /** Empty at first. */
  readonly store: Store;
  /** The same storage as a new process would open it; absent where nothing outlives the process. */
  reopen?(): Promise<Store>;
  dispose(): Promise<void>;
}

export interface ConformanceCase {
  readonly name: string;
  /** Why this case does not apply. */
  readonly skip?: string;
  run(): Promise<void>;
}

/** Each is the reason to skip what a store cannot do. */
export interface TestStoreOptions {
  /** Why nothing outlives the process, where nothing does. */
  readonly skipRestarts?: string;
  /** Why a blob that is open cannot be read on when it is deleted; such a store has `graceMs`. */
  readonly skipDeletedReads?: string;
  /** Why no two processes write the same blob. */
  readonly skipStaleWriters?: string;
  /** Why what was not closed goes by itself, and nobody can take it away before. */
  readonly skipSweeps?: string;
  /**
   * Why a piece that was on its way may come to the storage after a sweep, and be left for the next; without it, a sweep
   * that is repeated finds nothing.
   */
  readonly latePieces?: string;
  /** Why there are no signed URLs. */
  readonly skipSigned?: string;
}

/** `for (const { name, skip, run } of testStore("mine", make)) it(name, { skip: Boolean(skip) }, run)` */
export function testStore(
  name: string,
  make: () => Promise<StoreUnderTest>,
  options: TestStoreOptions = {},
): ConformanceCase[] {
  const { skipRestarts, skipDeletedReads, skipStaleWriters, skipSweeps, skipSigned } = options;
  const groups: readonly [skip: string | undefined, cases: Cases][] = [
    [undefined, cases],
    [undefined, partialCases],
    [undefined, quarantineCases],
    [skipDeletedReads, deletedReadCases],
    [skipStaleWriters, staleWriterCases],
    [skipSigned, signedCases],
  ];
  const titled = (title: string, skip: string | undefined) => ({
    name: `${name}: ${title}${skip === undefined ? "" : ` (${skip})`}`,
    ...(skip === undefined ? {} : { skip }),
  });
  const simple = groups.flatMap(([skip, group]) =>
    Object.entries(group).map(([title, run]) => ({
      ...titled(title, skip),
      run: () => using(make, ({ store }) => run(store)),
    })),
  );
  const restarts = Object.entries(restartCases).map(([title, run]) => ({
    ...titled(title, skipRestarts ?? (title.includes("swept") ? skipSweeps : undefined)),
    run: () =>
      using(make, async ({ store, reopen }) => {
        assert.ok(reopen, "A store that outlives the process has `reopen`.");
        await run(store, reopen, options);
      }),
  }));
  return [...simple, ...restarts];
}

type Cases = Readonly<Record<string, (store: Store) => Promise<void>>>;

const cases: Cases = {
  "reads back what was written, at every size around a buffer": async (store) => {
    for (const size of [0, 1, 65_535, 262_143, 262_144, 262_145, 1_000_003]) {
      const bytes = pattern(size);
      const key = await put(store, bytes, 64 * 1024);
      assert.ok(bytes.equals(await readAll(store, key)), `${size} octets`);
    }
  },
  "joins writes of all sizes": async (store) => {
    const bytes = pattern(700_000);
    for (const piece of [1009, 100_000, 300_000, 700_000]) {
      const key = await put(store, bytes, piece);
      assert.ok(bytes.equals(await readAll(store, key)), `pieces of ${piece}`);
    }
  },
  "bytes may be reused when write has returned or settled": async (store) => {
    const key = createUuid(Date.now());
    const writer = store.create(key);
    const scratch = Buffer.alloc(50_000);
    for (let i = 0; i < 20; i++) {
      scratch.fill(i);
      await writer.write(scratch);
    }
    scratch.fill(255);
    await writer.close();
    const back = await readAll(store, key);
    for (let i = 0; i < 20; i++) assert.equal(back[i * 50_000 + 49_999], i);
  },
  "reads ranges, both ends inclusive": async (store) => {
    const bytes = pattern(600_000);
    const key = await put(store, bytes, 64 * 1024);
    const ranges: [start: number, end: number][] = [
      [0, 0],
      [599_999, 599_999],
      [262_143, 262_144],
      [10, 400_000],
      [599_000, 700_000],
    ];
    for (const [start, end] of ranges) {
      const back = await readAll(store, key, { start, end });
      assert.ok(bytes.subarray(start, end + 1).equals(back), `${start}-${end}`);
    }
  },
  "a reader may stop early": async (store) => {
    const key = await put(store, pattern(600_000), 64 * 1024);
    for await (const chunk of readBlob(store, key)) {
      assert.ok(chunk.length > 0);
      break;
    }
    await store.delete(key);
  },
  "a blob cannot be read or listed before close": async (store) => {
    const key = createUuid(Date.now());
    const writer = store.create(key);
    await writer.write(pattern(600_000));
    await assertCode(readAll(store, key), "not-found");
    assert.deepEqual(await keysOf(store), []);
    await writer.close();
    assert.deepEqual(await keysOf(store), [key]);
  },
  "lists keys with sizes": async (store) => {
    const sizes = [0, 5, 300_000];
    const want = new Map<string, number>();
    for (const size of sizes) want.set(await put(store, pattern(size), 64 * 1024), size);
    const have = new Map<string, number>();
    for await (const { key, size } of store.list()) have.set(key, size);
    assert.deepEqual(have, want);
  },
  "delete is idempotent and leaves the others": async (store) => {
    const gone = await put(store, pattern(10));
    const kept = await put(store, pattern(10));
    await store.delete(gone);
    await store.delete(gone);
    await store.delete(createUuid(Date.now()));
    await assertCode(readAll(store, gone), "not-found");
    assert.deepEqual(await keysOf(store), [kept]);
  },
  "abort leaves nothing, at any time": async (store) => {
    for (const size of [0, 10, 300_000, 2_000_000]) {
      const writer = store.create(createUuid(Date.now()));
      const pending = writer.write(pattern(size));
      await writer.abort();
      await Promise.resolve(pending).catch(() => undefined);
      await writer.abort();
    }
    const during = store.create(createUuid(Date.now()));
    await during.write(pattern(300_000));
    const closing = during.close().catch(() => undefined);
    await during.abort();
    await closing;
    const after = store.create(createUuid(Date.now()));
    await after.write(pattern(10));
    await after.close();
    await after.abort();
    assert.deepEqual(await keysOf(store), []);
  },
  "a writer takes nothing after close": async (store) => {
    const writer = store.create(createUuid(Date.now()));
    await writer.close();
    await assertCode((async () => writer.write(pattern(1)))(), "internal");
  },
  "writers do not mix": async (store) => {
    const bytes = Array.from({ length: 12 }, (_, i) => pattern(150_000 + i * 40_000, i));
    const keys = await Promise.all(bytes.map((each) => put(store, each, 30_000)));
    for (const [i, key] of keys.entries()) {
      assert.ok(bytes[i]?.equals(await readAll(store, key)), `writer ${i}`);
    }
  },
  "a sweep spares writers at work": async (store) => {
    const key = createUuid(Date.now());
    const writer = store.create(key);
    await writer.write(pattern(600_000));
    assert.equal(await store.sweep(), 0);
    assert.equal((await store.sweepAbandoned?.(Date.now() - 60_000)) ?? 0, 0);
    await writer.write(pattern(600_000));
    await writer.close();
    assert.equal((await readAll(store, key)).length, 1_200_000);
  },
  "names a local file only if it holds the blob": async (store) => {
    if (!store.path) return;
    const { readFile } = await import("node:fs/promises");
    const key = await put(store, pattern(1000));
    const path = store.path(key);
    if (path !== undefined) assert.ok(pattern(1000).equals(await readFile(path)));
  },
};

const deletedReadCases: Cases = {
  "an open blob can be read until it is closed, also when it is deleted": async (store) => {
    const bytes = pattern(600_000);
    const key = await put(store, bytes, 64 * 1024);
    const blob = await store.open(key);
    await store.delete(key);
    await assertCode(store.open(key), "not-found");
    for (const [start, end] of [
      [0, 599_999],
      [5, 5],
      [300_000, 599_999],
    ] as const) {
      const chunks: Uint8Array[] = [];
      for await (const chunk of blob.read({ start, end })) chunks.push(chunk);
      assert.ok(bytes.subarray(start, end + 1).equals(Buffer.concat(chunks)), `${start}-${end}`);
    }
    await blob.close();
    await blob.close();
  },
};

type RestartCase = (
  store: Store,
  reopen: () => Promise<Store>,
  options: TestStoreOptions,
) => Promise<void>;

const restartCases: Record<string, RestartCase> = {
  "what was closed is there after a restart": async (store, reopen) => {
    const key = await put(store, pattern(300_000), 64 * 1024);
    const again = await reopen();
    assert.ok(pattern(300_000).equals(await readAll(again, key)));
  },
  "a partial blob goes on after a restart": async (store, reopen) => {
    if (!store.partial) return;
    const key = createUuid(Date.now());
    const writer = await store.partial.open(key, { offset: 0, epoch: 1 });
    await writer.write(pattern(300_000));
    await writer.sync();
    await writer.write(pattern(100));
    const again = await reopen();
    assert.equal(await again.sweep(), 0);
    const resumed = await again.partial?.open(key, { offset: 300_000, epoch: 2 });
    await resumed?.write(pattern(5, 3));
    await resumed?.close();
    await again.partial?.finish(key, 300_005);
    const want = Buffer.concat([pattern(300_000), pattern(5, 3)]);
    assert.ok(want.equals(await readAll(again, key)));
    await writer.close();
  },
  "what was not closed is swept after a restart, once": async (store, reopen, { latePieces }) => {
    const kept = await put(store, pattern(10));
    const lost = store.create(createUuid(Date.now()));
    // More than a storage may wait for before it is told anything.
    for (let i = 0; i < 24; i++) await lost.write(pattern(1_000_000));
    // What is still being written when the store is opened is spared: the last piece may be on its way.
    let again = await reopen();
    let swept = await sweepAll(again);
    for (let tries = 0; swept === 0 && tries < 100; tries++) {
      again = await reopen();
      swept = await sweepAll(again);
    }
    assert.equal(swept, 1);
    if (latePieces !== undefined) await sweepAll(again);
    assert.equal(await sweepAll(again), 0);
    assert.deepEqual(await keysOf(again), [kept]);
    await lost.abort();
  },
  "a partial blob is finished by two processes at once": async (store, reopen) => {
    const key = createUuid(Date.now());
    const [bytes, again] = [pattern(300_000), await reopen()];
    for (const [i, offset] of [0, 100_000, 200_000].entries())
      await sit(store, key, {
        offset,
        epoch: i + 1,
        bytes: bytes.subarray(offset, offset + 100_000),
      });
    await Promise.all([store, again].map((each) => each.partial?.finish(key, 300_000)));
    assert.ok(bytes.equals(await readAll(again, key)));
  },
};

async function using(
  make: () => Promise<StoreUnderTest>,
  work: (subject: StoreUnderTest) => Promise<void>,
): Promise<void> {
  const subject = await make();
  try {
    await work(subject);
  } finally {
    await subject.dispose();
  }
}
