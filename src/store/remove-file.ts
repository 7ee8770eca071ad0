// One file away, durably.
import { unlink } from "node:fs/promises";
import { dirname } from "node:path";
import { syncFolder } from "./folders.js";
import { errorCode, storageFault } from "./storage-fault.js";

/** One that is not there is no error. */
export async function removeFile(path: string): Promise<void> {
  try {
    await unlink(path);
    await syncFolder(dirname(path));
  } catch (error) {
    if (errorCode(error) !== "ENOENT") throw storageFault(error);
  }
}
