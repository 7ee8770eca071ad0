import { expect, it } from "vitest";
import { createUuid } from "../base/id.js";
import { createMemoryStore } from "./memory-store.js";
import { readBlob } from "./read-blob.js";
import type { Store } from "./store.js";
import { testStore } from "./test-store.js";
import { createTwoStores } from "./two-stores.js";

const options = {
  skipRestarts: "memory does not outlive the process",
  skipStaleWriters: "memory is one process's, which closes the writer before",
  skipSigned: "memory has no URLs",
};

const make = async () => ({
  store: createTwoStores(createMemoryStore(), createMemoryStore()),
  dispose: async () => undefined,
});
for (const { name, skip, run } of testStore("two in memory", make, options))
  it.skipIf(skip)(name, run);

// What is in the second, as it was before there was a first: all that can be done with it is done there.
const moved = async () => {
  const [first, second] = [createMemoryStore(), createMemoryStore()];
  const two = createTwoStores(first, second);
  const store: Store = {
    ...two,
    create: (key) => second.create(key),
    partial: {
      ...two.partial!,
      open: (key, from) => (from.offset === 0 ? second : two).partial!.open(key, from),
    },
  };
  return { store, dispose: async () => undefined };
};
for (const { name, skip, run } of testStore("old in memory", moved, options))
  it.skipIf(skip)(name, run);

async function put(store: Store, key = createUuid(1)): Promise<string> {
  const writer = store.create(key);
  await writer.write(Buffer.from("x"));
  await writer.close();
  return key;
}

async function keys(list: AsyncIterable<{ key: string } | string>): Promise<string[]> {
  const found: string[] = [];
  for await (const each of list) found.push(typeof each === "string" ? each : each.key);
  return found.toSorted();
}

it("puts what is new into the first, lists what is in both once, and deletes in both", async () => {
  const [first, second] = [createMemoryStore(), createMemoryStore()];
  const two = createTwoStores(first, second);
  const shared = await put(first);
  await put(second, shared);
  const [old, fresh] = [await put(second), await put(two)];
  expect(await keys(first.list())).toEqual([shared, fresh].toSorted());
  expect(await keys(two.list())).toEqual([shared, old, fresh].toSorted());
  for (const key of [shared, old, fresh]) await two.delete(key);
  expect(await keys(first.list())).toEqual([]);
  expect(await keys(second.list())).toEqual([]);
});

it("goes on in the second with what has octets there, and begins anew in the first what has none", async () => {
  const [first, second] = [createMemoryStore(), createMemoryStore()];
  const two = createTwoStores(first, second);
  const [begun, empty] = [createUuid(1), createUuid(1)];
  for (const key of [begun, empty]) {
    const writer = await second.partial!.open(key, { offset: 0, epoch: 1 });
    await writer.write(Buffer.from("ab"));
    await writer.sync();
    await writer.close();
  }
  for (const [key, offset] of [
    [begun, 2],
    [empty, 0],
  ] as const) {
    const writer = await two.partial!.open(key, { offset, epoch: 2 });
    await writer.write(Buffer.from("cd"));
    await writer.sync();
    await writer.close();
    await two.partial!.finish(key, offset + 2);
  }
  const text = async (key: string): Promise<string> => {
    const chunks: Uint8Array[] = [];
    for await (const chunk of readBlob(two, key)) chunks.push(chunk);
    return Buffer.concat(chunks).toString();
  };
  expect([await text(begun), await text(empty)]).toEqual(["abcd", "cd"]);
  expect([await keys(second.list()), await keys(first.list())]).toEqual([[begun], [empty]]);
  expect(await keys(two.partial!.list())).toEqual([]);
});

it("does not take a store that fails for one that has nothing", async () => {
  const [first, second] = [createMemoryStore(), createMemoryStore()];
  const broken = { ...first, open: () => Promise.reject(new Error("lost")) };
  const key = await put(second);
  await expect(createTwoStores(broken, second).open(key)).rejects.toThrow("lost");
});
