import { mkdir, mkdtemp, readdir, rm, stat, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createUuid } from "../base/id.js";
import { createDiskStore } from "./disk-store.js";
import { testStore } from "./test-store.js";

let root: string;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "waybill-store-"));
});
afterAll(() => rm(root, { recursive: true, force: true }));

const newFolder = () => mkdtemp(join(root, "s-"));

async function make() {
  const folder = await newFolder();
  return {
    store: await createDiskStore({ folder }),
    reopen: () => createDiskStore({ folder }),
    dispose: () => rm(folder, { recursive: true, force: true }),
  };
}

const options = {
  skipStaleWriters: "a folder is one process's, which closes the writer before",
  skipSigned: "a folder has no URLs",
};

for (const { name, skip, run } of testStore("disk", make, options)) it.skipIf(skip)(name, run);

describe("disk store", () => {
  it("makes missing folders and opens them again", async () => {
    const folder = join(await newFolder(), "a", "b");
    await createDiskStore({ folder });
    await createDiskStore({ folder });
    expect((await readdir(join(folder, "blobs"))).length).toBe(256);
  });

  it("leaves no temporary file behind", async () => {
    const folder = await newFolder();
    const store = await createDiskStore({ folder });
    const writer = store.create(createUuid(Date.now()));
    for (let i = 0; i < 10; i++) await writer.write(Buffer.alloc(100_000));
    expect(await readdir(join(folder, "tmp"))).toHaveLength(1);
    await writer.close();
    expect(await readdir(join(folder, "tmp"))).toEqual([]);
  });

  it("does not touch the disk for a small file before close", async () => {
    const folder = await newFolder();
    const store = await createDiskStore({ folder });
    const writer = store.create(createUuid(Date.now()));
    for (let i = 0; i < 20; i++) expect(writer.write(Buffer.alloc(1000))).toBeUndefined();
    expect(await readdir(join(folder, "tmp"))).toEqual([]);
    await writer.close();
  });

  it("refuses keys that are no UUID", async () => {
    const store = await createDiskStore({ folder: await newFolder() });
    for (const key of ["../../etc/passwd", "", "a/b"]) {
      expect(() => store.create(key)).toThrow("A key is a UUID.");
      await expect(store.open(key)).rejects.toThrow("A key is a UUID.");
    }
  });

  it("a blob has its time in quarantine before it is there", async () => {
    const folder = await newFolder();
    const store = await createDiskStore({ folder });
    const key = createUuid(Date.now());
    await store.create(key).close();
    const path = store.path?.(key) ?? "";
    await utimes(path, 1, 1);
    await mkdir(join(folder, "quarantine", key), { recursive: true }); // it cannot be moved
    await expect(store.quarantine?.put(key)).rejects.toThrow();
    expect((await stat(path)).mtimeMs).toBeGreaterThan(1e12);
  });

  it("spares what another process has written since", async () => {
    const folder = await newFolder();
    const store = await createDiskStore({ folder });
    await writeFile(join(folder, "tmp", "other-new"), "x");
    await writeFile(join(folder, "tmp", "other-old"), "x");
    const later = new Date(Date.now() + 1000);
    await utimes(join(folder, "tmp", "other-new"), later, later);
    const before = new Date(Date.now() - 60_000);
    await utimes(join(folder, "tmp", "other-old"), before, before);
    expect(await store.sweep()).toBe(1);
    expect(await readdir(join(folder, "tmp"))).toEqual(["other-new"]);
  });

  it("leaves nothing of a blob that is deleted while it is finished", async () => {
    const store = await createDiskStore({ folder: await newFolder() });
    for (let i = 0; i < 200; i++) {
      const key = createUuid(Date.now());
      const writer = await store.partial?.open(key, { offset: 0, epoch: 1 });
      await writer?.close();
      await Promise.all([store.delete(key), store.partial?.finish(key, 0).catch(() => undefined)]);
      await expect(store.open(key).then((reader) => reader.close())).rejects.toMatchObject({
        code: "not-found",
      });
    }
  });

  it("spares its own writers, whatever the clock of the disk says", async () => {
    const folder = await newFolder();
    const store = await createDiskStore({ folder });
    const writer = store.create(createUuid(Date.now()));
    for (let i = 0; i < 4; i++) await writer.write(Buffer.alloc(100_000));
    const [name = ""] = await readdir(join(folder, "tmp"));
    await utimes(join(folder, "tmp", name), 0, 0);
    expect(await store.sweep()).toBe(0);
    await writer.close();
  });

  it("says clearly that the folder is gone, and keeps saying so", async () => {
    const folder = await newFolder();
    const store = await createDiskStore({ folder });
    await rm(folder, { recursive: true });
    const small = store.create(createUuid(Date.now()));
    small.write(Buffer.alloc(10));
    await expect(small.close()).rejects.toMatchObject({
      code: "unavailable",
      message: "The storage folder is missing.",
    });
    const big = store.create(createUuid(Date.now()));
    const writes = (async () => {
      for (let i = 0; i < 10; i++) await big.write(Buffer.alloc(300_000));
    })();
    await expect(writes).rejects.toMatchObject({ code: "unavailable" });
    expect(() => big.write(Buffer.alloc(1))).toThrow("The storage folder is missing.");
    await big.abort();
  });

  it("says clearly that the folder cannot be made", async () => {
    const folder = await newFolder();
    await writeFile(join(folder, "file"), "");
    await expect(createDiskStore({ folder: join(folder, "file", "x") })).rejects.toMatchObject({
      code: "unavailable",
    });
  });
});
