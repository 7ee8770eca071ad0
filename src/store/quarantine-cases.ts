// The contract of a quarantine, for stores that have one.
import assert from "node:assert/strict";
import { createUuid } from "../base/id.js";
import { readBlob } from "./read-blob.js";
import type { Quarantine, Store } from "./store.js";

export const quarantineCases: Record<string, (store: Store) => Promise<void>> = {
  "a blob in quarantine is neither read nor listed, and comes back as it was": async (store) => {
    const { quarantine } = store;
    if (!quarantine) return;
    assert.deepEqual(await keysOf(quarantine), []);
    const [key, other] = [await put(store, "bytes"), await put(store, "stay")];
    const beforeMs = Date.now() - 2000; // file systems keep coarse times
    assert.deepEqual([await quarantine.put(key), await quarantine.put(key)], [true, false]);
    assert.deepEqual(await listed(store), [other]);
    await assert.rejects(store.open(key));
    for await (const each of quarantine.list()) {
      assert.deepEqual([each.key, each.size], [key, 5]);
      assert.ok(each.sinceMs >= beforeMs && each.sinceMs <= Date.now() + 2000);
    }
    assert.deepEqual([await quarantine.restore(key), await quarantine.restore(key)], [true, false]);
    assert.deepEqual(await keysOf(quarantine), []);
    assert.deepEqual((await listed(store)).sort(), [key, other].sort());
    const chunks: Uint8Array[] = [];
    for await (const chunk of readBlob(store, key)) chunks.push(chunk);
    assert.equal(Buffer.concat(chunks).toString(), "bytes");
  },
  "what is deleted from quarantine is gone": async (store) => {
    const { quarantine } = store;
    if (!quarantine) return;
    const key = await put(store, "bytes");
    await quarantine.put(key);
    await quarantine.delete(key);
    await quarantine.delete(key);
    assert.deepEqual([await quarantine.restore(key), await listed(store)], [false, []]);
  },
};

async function put(store: Store, text: string): Promise<string> {
  const key = createUuid(Date.now());
  const writer = store.create(key);
  await writer.write(Buffer.from(text));
  await writer.close();
  return key;
}

async function listed(store: Store): Promise<string[]> {
  const keys: string[] = [];
  for await (const { key } of store.list()) keys.push(key);
  return keys;
}

async function keysOf(quarantine: Quarantine): Promise<string[]> {
  const keys: string[] = [];
  for await (const { key } of quarantine.list()) keys.push(key);
  return keys;
}
