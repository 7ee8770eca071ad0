// What an object store makes of names and orders of events, over a bucket in memory: here a step of one process can be held
// while another goes on, which no real storage lets a test do. That a real one is used rightly is for `testStore`, on
// real ones, in test/backends.
import { describe, expect, it } from "vitest";
import { createUuid } from "../base/id.js";
import { WaybillError } from "../base/fault.js";
import type { Bucket } from "./bucket.js";
import { createObjectStore } from "./object-store.js";
import { readBlob } from "./read-blob.js";
import type { Store } from "./store.js";

interface Event {
  readonly step: "read" | "join" | "delete" | "put";
  readonly name: string;
}

/** `before` runs at the beginning of each step. */
function memoryBucket(before: (event: Event) => unknown = () => undefined) {
  const objects = new Map<string, { bytes: Buffer; version: string; modifiedMs: number }>();
  let [versions, swept] = [0, [] as string[]];
  const put = (name: string, bytes: Buffer): void => {
    objects.set(name, { bytes, version: String(versions++), modifiedMs: Date.now() });
  };
  const get = (name: string, version?: string) => {
    const found = objects.get(name);
    if (found && (version ?? found.version) === found.version) return found;
    throw new WaybillError({ code: "not-found", detail: "None." });
  };
  const bucket: Bucket = {
    write(name) {
      const chunks: Buffer[] = [];
      let isClosed = false;
      return {
        write: (bytes) => void chunks.push(Buffer.from(bytes)),
        async close() {
          await before({ step: "put", name });
          put(name, Buffer.concat(chunks));
          isClosed = true;
        },
        async abort() {
          if (isClosed) objects.delete(name);
        },
      };
    },
    async stat(name) {
      const found = objects.get(name);
      return found && { size: found.bytes.length, version: found.version, sha256: undefined };
    },
    async *read(name, { range, version }) {
      await before({ step: "read", name });
      const { bytes } = get(name, version);
      yield Buffer.from(range ? bytes.subarray(range.start, range.end + 1) : bytes);
    },
    async delete(name) {
      await before({ step: "delete", name });
      objects.delete(name);
    },
    async *list(prefix) {
      for (const [name, { bytes, modifiedMs }] of [...objects].sort(([a], [b]) => (a < b ? -1 : 1)))
        if (name.startsWith(prefix)) yield { name, size: bytes.length, modifiedMs };
    },
    async join(sources, to) {
      const all = Buffer.concat(sources.map(({ name }) => get(name).bytes));
      await before({ step: "join", name: to });
      put(to, all);
    },
    async sweep(prefix) {
      swept.push(prefix);
      return 0;
    },
  };
  return { bucket, objects, put, swept };
}

const newKey = (): string => createUuid(Date.now());

async function write(store: Store, key: string, epoch: number, offset: number, text: string) {
  const writer = await store.partial?.open(key, { offset, epoch });
  await writer?.write(Buffer.from(text));
  await writer?.sync();
  return writer;
}

async function textOf(store: Store, key: string): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of readBlob(store, key)) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}

const namesOf = ({ objects }: { objects: Map<string, unknown> }): string[] => [...objects.keys()];

describe("an object store", () => {
  it("keeps to its prefix", async () => {
    const memory = memoryBucket();
    const [one, two] = ["images", "/images2/"].map((prefix) =>
      createObjectStore({ bucket: memory.bucket, prefix }),
    );
    const key = newKey();
    for (const store of [one, two]) {
      await store?.create(key).close();
      await store?.partial?.open(newKey(), { offset: 0, epoch: 1 });
    }
    await one?.sweepAbandoned?.(Date.now() + 1000);
    const listed: string[] = [];
    for await (const each of one?.list() ?? []) listed.push(each.key);
    expect(listed).toEqual([key]);
    await one?.delete(key);
    expect(namesOf(memory).filter((name) => name.includes(key))).toEqual([
      `images2/blobs/${key.slice(-2)}/${key}`,
    ]);
    expect(memory.swept.every((prefix) => prefix.startsWith("images/"))).toBe(true);
  });

  it("lists blobs alone, and passes over what others have put there", async () => {
    const memory = memoryBucket();
    const store = createObjectStore({ bucket: memory.bucket, prefix: "" });
    const key = newKey();
    await store.create(key).close();
    for (const name of ["blobs/x", `blobs/zz/${key}`, `blobs/${key}`, `quarantine/a/${key}`])
      memory.put(name, Buffer.from(""));
    for await (const each of store.list()) expect(each).toEqual({ key, size: 0 });
    for await (const each of store.quarantine?.list() ?? []) expect(each).toBeUndefined();
  });

  it("refuses keys that are no UUID", async () => {
    const store = createObjectStore({ bucket: memoryBucket().bucket, prefix: "" });
    for (const key of ["../../x", "", "a/b"]) {
      expect(() => store.create(key)).toThrow("A key is a UUID.");
      await expect(store.open(key)).rejects.toThrow("A key is a UUID.");
      await expect(store.delete(key)).rejects.toThrow("A key is a UUID.");
    }
  });
});

describe("a blob in several sittings", () => {
  it("does not hear a stale writer, also when its octets land later", async () => {
    const landed: (() => void)[] = [];
    let isHeld = false;
    const memory = memoryBucket(({ step }) => {
      if (isHeld && step === "put") return new Promise<void>((resolve) => landed.push(resolve));
      return undefined;
    });
    const store = createObjectStore({ bucket: memory.bucket, prefix: "" });
    const key = newKey();
    const stale = await write(store, key, 1, 0, "first");
    await stale?.write(Buffer.from("LATE"));
    isHeld = true;
    const late = stale?.sync();
    isHeld = false;
    await write(store, key, 2, 5, "two");
    landed.forEach((land) => land());
    await late;
    await stale?.write(Buffer.from("LATER"));
    await stale?.close();
    await store.partial?.finish(key, 8);
    expect(await textOf(store, key)).toBe("firsttwo");
  });

  it("has what a stale writer adds nowhere, though nothing was written since", async () => {
    const store = createObjectStore({ bucket: memoryBucket().bucket, prefix: "" });
    const key = newKey();
    const stale = await write(store, key, 1, 0, "first");
    await store.partial?.open(key, { offset: 5, epoch: 2 });
    await stale?.write(Buffer.from("late"));
    await stale?.sync();
    await expect(store.partial?.open(key, { offset: 9, epoch: 3 })).rejects.toMatchObject({
      code: "not-found",
    });
    await expect(store.partial?.finish(key, 9)).rejects.toMatchObject({ code: "not-found" });
    await store.partial?.finish(key, 5);
    expect(await textOf(store, key)).toBe("first");
  });

  it("is finished by two at once, wherever the second is overtaken", async () => {
    for (const step of ["read", "join", "put", "delete"] as const) {
      const key = newKey();
      let isDue = false;
      const memory = memoryBucket((event) => {
        if (event.step !== step || !isDue) return undefined;
        isDue = false;
        return second.partial?.finish(key, 4);
      });
      const second = createObjectStore({ bucket: memory.bucket, prefix: "" });
      const first = createObjectStore({ bucket: memory.bucket, prefix: "" });
      // What counts in part goes through the process.
      await write(first, key, 1, 0, step === "join" ? "ab" : "abXY");
      await write(first, key, 2, 2, "cd");
      isDue = true;
      await first.partial?.finish(key, 4);
      expect(isDue).toBe(false);
      expect(await textOf(first, key)).toBe("abcd");
      expect(namesOf(memory)).toHaveLength(1);
    }
  });

  it("is left whole where finishing is cut off anywhere, and is finished then", async () => {
    let steps = 0;
    let cutAt = Infinity;
    const memory = memoryBucket(() => {
      if (++steps === cutAt) throw new WaybillError({ code: "unavailable", detail: "Cut." });
    });
    const store = createObjectStore({ bucket: memory.bucket, prefix: "" });
    for (let cut = 1; cut < 6; cut++) {
      const key = newKey();
      cutAt = Infinity;
      await write(store, key, 1, 0, "ab");
      await write(store, key, 2, 2, "cd");
      [steps, cutAt] = [0, cut];
      await expect(store.partial?.finish(key, 4)).rejects.toMatchObject({ code: "unavailable" });
      await store.partial?.finish(key, 4);
      expect(await textOf(store, key)).toBe("abcd");
      expect(namesOf(memory).filter((name) => name.includes(`partial/${key}`))).toEqual([]);
    }
  });

  it("is no blob when it is deleted while it is finished", async () => {
    const key = newKey();
    const memory = memoryBucket(({ step }) => (step === "join" ? other.delete(key) : undefined));
    const other = createObjectStore({ bucket: memory.bucket, prefix: "" });
    const store = createObjectStore({ bucket: memory.bucket, prefix: "" });
    await write(store, key, 1, 0, "ab");
    await expect(store.partial?.finish(key, 2)).rejects.toMatchObject({ code: "not-found" });
    await expect(store.open(key)).rejects.toMatchObject({ code: "not-found" });
    for await (const each of store.partial?.list() ?? []) expect(each).toBeUndefined();
    await expect(store.partial?.open(key, { offset: 0, epoch: 2 })).rejects.toThrow();
    expect(await store.sweepAbandoned?.(Date.now() + 1000)).toBe(1);
    expect(namesOf(memory)).toEqual([]);
  });

  it("leaves what a stale writer added after the end to the sweep, and what is under way alone", async () => {
    const memory = memoryBucket();
    const store = createObjectStore({ bucket: memory.bucket, prefix: "" });
    const [key, other] = [newKey(), newKey()];
    const stale = await write(store, key, 1, 0, "ab");
    await store.partial?.finish(key, 2);
    await stale?.write(Buffer.from("late"));
    await stale?.close();
    await write(store, other, 1, 0, "ab");
    expect(await store.sweepAbandoned?.(Date.now() - 1000)).toBe(0);
    expect(await store.sweepAbandoned?.(Date.now() + 1000)).toBe(1);
    expect(await textOf(store, key)).toBe("ab");
    await store.partial?.finish(other, 2);
    expect(await textOf(store, other)).toBe("ab");
  });

  it("sends what has gathered, so that little is held", async () => {
    const sizes: number[] = [];
    const memory = memoryBucket();
    const store = createObjectStore({ bucket: memory.bucket, prefix: "" });
    const key = newKey();
    const writer = await store.partial?.open(key, { offset: 0, epoch: 1 });
    await writer?.write(Buffer.alloc(20 * 1024 * 1024));
    await writer?.close();
    for (const { bytes } of memory.objects.values()) sizes.push(bytes.length / 1024 / 1024);
    expect(sizes).toEqual([0, 8, 8, 4]);
  });
});

describe("a blob that is read", () => {
  const text = "0123456789";

  async function stored(
    read: (bucket: Bucket, tries: number) => Bucket["read"],
    bytes = Buffer.from(text),
  ) {
    const { bucket, put } = memoryBucket();
    let tries = 0;
    const flaky: Bucket = { ...bucket, read: (name, how) => read(bucket, tries++)(name, how) };
    const key = newKey();
    const name = `blobs/${key.slice(-2)}/${key}`;
    put(name, bytes);
    const store = createObjectStore({ bucket: flaky, prefix: "" });
    return { store, key, again: () => put(name, Buffer.from(text)), tries: () => tries };
  }

  it("goes on where the octets broke off", async () => {
    const { store, key, tries } = await stored(
      (bucket, n) =>
        async function* (name, how) {
          const { start = 0, end = 9 } = how.range ?? {};
          const range = { start, end: n < 2 ? start + 2 : end };
          yield* bucket.read(name, { ...how, range });
          if (n === 1) throw new WaybillError({ code: "unavailable", detail: "Broken off." });
        },
    );
    expect([await textOf(store, key), tries()]).toEqual([text, 3]);
  });

  it("fails in the end, and gives nothing twice", async () => {
    const { store, key, tries } = await stored((bucket) => (name, how) => {
      const { start = 0 } = how.range ?? {};
      return bucket.read(name, { ...how, range: { start, end: start } });
    });
    const chunks: string[] = [];
    const reading = (async () => {
      for await (const chunk of readBlob(store, key)) chunks.push(Buffer.from(chunk).toString());
    })();
    await expect(reading).rejects.toMatchObject({ code: "unavailable" });
    expect([chunks.join(""), tries()]).toEqual(["012345", 6]);
  });

  it("goes on for as long as much comes between", async () => {
    const big = Buffer.alloc(8 * 1_048_576, 7);
    const { store, key, tries } = await stored(
      (bucket) => (name, how) => {
        const { start = 0 } = how.range ?? {};
        return bucket.read(name, { ...how, range: { start, end: start + 1_048_575 } });
      },
      big,
    );
    expect([(await textOf(store, key)).length, tries()]).toEqual([big.length, 8]);
  });

  it("goes on with the same octets under another version", async () => {
    const { store, key, again } = await stored((bucket) => bucket.read);
    const blob = await store.open(key);
    again();
    const chunks: Uint8Array[] = [];
    for await (const chunk of blob.read()) chunks.push(chunk);
    expect(Buffer.concat(chunks).toString()).toBe(text);
  });

  it("is gone when it is deleted", async () => {
    const { store, key } = await stored((bucket) => bucket.read);
    const blob = await store.open(key);
    await store.delete(key);
    await expect(blob.read()[Symbol.asyncIterator]().next()).rejects.toMatchObject({
      code: "not-found",
    });
  });
});
