// Folders whose entries survive a power cut: a new, renamed or removed entry is durable only after
// fsync of the folder that holds it (fsync(2)).
import { closeSync, fsync, openSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { promisify } from "node:util";

const fsyncAsync = promisify(fsync);

/** Makes the folder and its missing parents durably; one that is there is no error. */
export async function makeFolder(path: string): Promise<void> {
  const wanted = resolve(path);
  const first = await mkdir(wanted, { recursive: true, mode: 0o750 });
  if (first === undefined) return;
  for (let made = wanted; ; made = dirname(made)) {
    await syncFolder(dirname(made));
    if (made === resolve(first)) return;
  }
}

export async function syncFolder(path: string): Promise<void> {
  // Opening and closing a folder is a look-up in memory; only the fsync waits for the disk.
  const fd = openSync(path, "r");
  try {
    await fsyncAsync(fd);
  } finally {
    closeSync(fd);
  }
}
