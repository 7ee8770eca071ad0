// One process has a folder at a time.
import { join } from "node:path";
import { WaybillError } from "../base/fault.js";
import { lockProcess, type ProcessLock } from "../db/process-lock.js";

/** Throws `unavailable` while another process has it. */
export function lockFolder(folder: string, name: string): ProcessLock {
  try {
    return lockProcess(join(folder, name));
  } catch (error) {
    const detail = `The folder ${folder} is in use by another process, or cannot be written.`;
    throw new WaybillError({ code: "unavailable", detail }, { cause: error });
  }
}
