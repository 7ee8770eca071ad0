// One blob in a bucket, read with the version that was there when it was opened. Where the octets break off, reading goes
// on from there a few times, and then fails: what ends is all of it.
import { setTimeout as sleep } from "node:timers/promises";
import { isWaybillError, WaybillError } from "../base/fault.js";
import type { Bucket } from "./bucket.js";
import type { BlobReader, ByteRange } from "./store.js";

/** One after the other, with less than this in between: a connection also ends where a slow reader keeps it waiting. */
const retriesMax = 5;
const progressBytes = 1_048_576;
const pauseMs = 50;

/** Rejects with `not-found` when there is none. */
export async function openObject(bucket: Bucket, name: string): Promise<BlobReader> {
  const found = await bucket.stat(name);
  if (!found) throw notThere();
  const { size } = found;
  let { version } = found;

  /** Of two that finish a blob at once, the second writes the same octets once more, under another version. */
  const renew = async (): Promise<void> => {
    const now = await bucket.stat(name);
    if (!now) throw notThere();
    if (now.size !== size) throw brokenOff();
    version = now.version;
  };

  async function* once(range: ByteRange): AsyncGenerator<Uint8Array> {
    let left = range.end - range.start + 1;
    for await (const chunk of bucket.read(name, { range, version })) {
      left -= chunk.length;
      if (left < 0) throw brokenOff();
      yield chunk;
    }
    if (left > 0) throw brokenOff();
  }

  async function* read(range?: ByteRange): AsyncGenerator<Uint8Array> {
    let at = range?.start ?? 0;
    const end = Math.min(range?.end ?? size - 1, size - 1);
    for (let retries = 0; at <= end; retries++) {
      const from = at;
      try {
        for await (const chunk of once({ start: at, end })) {
          at += chunk.length;
          yield chunk;
        }
      } catch (error) {
        if (at - from >= progressBytes) retries = 0;
        if (retries === retriesMax || !isWaybillError(error)) throw error;
        if (error.code === "not-found") await renew();
        else if (error.code === "unavailable") await sleep(pauseMs * 2 ** retries);
        else throw error;
      }
    }
  }

  return { read, close: async () => undefined };
}

export function notThere(): WaybillError {
  return new WaybillError({ code: "not-found", detail: "There is no such blob." });
}

function brokenOff(): WaybillError {
  const detail = "The storage gave other octets than it said.";
  return new WaybillError({ code: "unavailable", detail });
}
