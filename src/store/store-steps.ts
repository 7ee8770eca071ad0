// What the cases of a store's contract do over and over.
import assert from "node:assert/strict";
import { createUuid } from "../base/id.js";
import { isWaybillError } from "../base/fault.js";
import { readBlob } from "./read-blob.js";
import type { ByteRange, PartialBlobs, SignedUrls, Store } from "./store.js";

export async function put(store: Store, bytes: Buffer, piece = bytes.length): Promise<string> {
  const key = createUuid(Date.now());
  const writer = store.create(key);
  for (let from = 0; from < bytes.length; from += piece) {
    await writer.write(bytes.subarray(from, from + piece));
  }
  await writer.close();
  return key;
}

export async function readAll(store: Store, key: string, range?: ByteRange): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of readBlob(store, key, range)) chunks.push(chunk);
  return Buffer.concat(chunks);
}

export async function keysOf(store: Store): Promise<string[]> {
  const keys: string[] = [];
  for await (const { key } of store.list()) keys.push(key);
  return keys.sort();
}

export async function halvesOf({ partial }: Store): Promise<string[]> {
  const keys: string[] = [];
  for await (const key of partial?.list() ?? []) keys.push(key);
  return keys.sort();
}

/** Bytes whose every position differs from those a buffer's length away. */
export function pattern(size: number, seed = 0): Buffer {
  const bytes = Buffer.allocUnsafe(size);
  for (let i = 0; i < size; i++) bytes[i] = (i * 31 + (i >>> 8) * 17 + (i >>> 16) * 7 + seed) & 255;
  return bytes;
}

export async function assertCode(work: Promise<unknown>, code: string): Promise<void> {
  await assert.rejects(work, (error) => isWaybillError(error) && error.code === code);
}

/** Where this fails, the store has no such way, and its test needs a reason to pass it over. */
export function partialOf({ partial }: Store): PartialBlobs {
  assert.ok(partial, "There is no `partial`.");
  return partial;
}

export function signedOf({ signed }: Store): SignedUrls {
  assert.ok(signed, "There is no `signed`.");
  return signed;
}

/** One sitting: what was written is durable. */
export async function sit(
  store: Store,
  key: string,
  { offset, epoch, bytes }: { offset: number; epoch: number; bytes: Uint8Array },
): Promise<void> {
  const writer = await partialOf(store).open(key, { offset, epoch });
  await writer.write(bytes);
  await writer.sync();
  await writer.close();
}

/** All that unfinished writers have left, however young. */
export async function sweepAll(store: Store): Promise<number> {
  return store.sweepAbandoned?.(Date.now() + 60_000) ?? store.sweep();
}
