// Blobs as files under one folder: `tmp/` for what is unfinished, `partial/` for what comes in over several
// sittings, `blobs/xx/` for what is durable, `quarantine/` for what is put aside.
// Keys are never reused, so nothing is ever overwritten: a reader has all of the bytes or none.
import { randomBytes } from "node:crypto";
import { mkdirSync } from "node:fs";
import { readdir, stat, unlink } from "node:fs/promises";
import { join } from "node:path";
import { isUuid } from "../base/id.js";
import { WaybillError } from "../base/fault.js";
import { openDiskBlob } from "./disk-reader.js";
import { createDiskPartials } from "./disk-partials.js";
import { createDiskQuarantine } from "./disk-quarantine.js";
import { DiskWriter } from "./disk-writer.js";
import { makeFolder, syncFolder } from "./folders.js";
import { removeFile } from "./remove-file.js";
import { storageFault } from "./storage-fault.js";
import type { Store } from "./store.js";

export interface DiskStoreOptions {
  readonly folder: string;
}

/** Opens the folder, made when it is missing; rejects with `unavailable` when it cannot be made or written. */
export async function createDiskStore({ folder }: DiskStoreOptions): Promise<Store> {
  const [tmp, partials, blobs] = layoutOf(folder);
  await makeLayout([tmp, partials, blobs], blobs).catch((error: unknown) => {
    throw storageFault(error);
  });
  return storeIn(folder);
}

/** Makes no folder. Rejects with `unavailable` when there are no blobs: it may be a disk that is not there. */
export async function openDiskStore({ folder }: DiskStoreOptions): Promise<Store> {
  const [, , blobs] = layoutOf(folder);
  const found = await stat(blobs).catch(() => undefined);
  if (found?.isDirectory()) return storeIn(folder);
  throw new WaybillError({ code: "unavailable", detail: `There is no folder ${blobs}.` });
}

function layoutOf(folder: string): readonly [tmp: string, partials: string, blobs: string] {
  return [join(folder, "tmp"), join(folder, "partial"), join(folder, "blobs")];
}

function storeIn(folder: string): Store {
  const [tmp, partials, blobs] = layoutOf(folder);
  // Temporary names carry this mark, so that a sweep tells its own writers from those of the dead.
  const mark = randomBytes(6).toString("hex");
  const openedMs = Date.now();
  const path = (key: string): string => blobPath(blobs, key);
  return {
    create: (key) => new DiskWriter({ temporary: join(tmp, `${mark}-${key}`), final: path(key) }),
    open: async (key) => openDiskBlob(path(key)),
    async delete(key) {
      const final = path(key);
      // In this order, since it may be finished at this moment: then it is in the other place.
      await removeFile(join(partials, key));
      await removeFile(final);
    },
    list: () => list(blobs),
    sweep: () => sweep({ tmp, mark, openedMs }),
    path,
    partial: createDiskPartials(partials, path),
    quarantine: createDiskQuarantine(join(folder, "quarantine"), path),
  };
}

// The last two digits are random (RFC 9562 §5.7), the first ones are the time: files of one hour
// would all meet in one folder. All folders are made at once, so that no write has to.
async function makeLayout(folders: readonly string[], blobs: string): Promise<void> {
  for (const folder of folders) await makeFolder(folder);
  const present = new Set(await readdir(blobs));
  const names = Array.from({ length: 256 }, (_, i) => i.toString(16).padStart(2, "0"));
  const missing = names.filter((name) => !present.has(name));
  for (const name of missing) mkdirSync(join(blobs, name), { recursive: true, mode: 0o750 });
  if (missing.length > 0) await syncFolder(blobs);
}

function blobPath(blobs: string, key: string): string {
  // Keys are names of files: anything else than a UUID could lead out of the folder.
  if (!isUuid(key)) throw new WaybillError({ code: "internal", detail: "A key is a UUID." });
  return join(blobs, key.slice(-2), key);
}

async function* list(blobs: string): AsyncGenerator<{ key: string; size: number }> {
  try {
    for (const folder of await readdir(blobs)) {
      for (const key of await readdir(join(blobs, folder))) {
        const found = await stat(join(blobs, folder, key)).catch(() => undefined);
        if (found?.isFile() && isUuid(key)) yield { key, size: found.size };
      }
    }
  } catch (error) {
    throw storageFault(error);
  }
}

interface SweepOptions {
  readonly tmp: string;
  readonly mark: string;
  readonly openedMs: number;
}

async function sweep({ tmp, mark, openedMs }: SweepOptions): Promise<number> {
  let swept = 0;
  try {
    for (const name of await readdir(tmp)) {
      if (name.startsWith(`${mark}-`)) continue;
      const file = join(tmp, name);
      const found = await stat(file).catch(() => undefined);
      // Another process may be writing into the same folder: what has moved since is not ours.
      if (!found || found.mtimeMs >= openedMs) continue;
      await unlink(file).then(
        () => swept++,
        () => undefined,
      );
    }
  } catch (error) {
    throw storageFault(error);
  }
  return swept;
}
