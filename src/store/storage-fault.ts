// What a failing file system means to a client. The path stays in the cause, for the log only.
import { isWaybillError, WaybillError } from "../base/fault.js";

const details: Readonly<Record<string, string>> = {
  ENOSPC: "The storage is full.",
  EDQUOT: "The storage is full.",
  EFBIG: "The file is larger than the storage takes.",
  ENOENT: "The storage folder is missing.",
  ENOTDIR: "The storage folder is missing.",
  EACCES: "The storage folder may not be written.",
  EPERM: "The storage folder may not be written.",
  EROFS: "The storage folder may not be written.",
  EMFILE: "The server has too many open files.",
  ENFILE: "The server has too many open files.",
};

const full = new Set(["ENOSPC", "EDQUOT"]);

/** `insufficient-storage` or `unavailable`, with the error as its cause; a WaybillError is passed through. */
export function storageFault(error: unknown): WaybillError {
  if (isWaybillError(error)) return error;
  const code = errorCode(error) ?? "";
  const detail = details[code] ?? `The storage failed${code && ` (${code})`}.`;
  const fault = full.has(code) ? "insufficient-storage" : "unavailable";
  return new WaybillError({ code: fault, detail }, { cause: error });
}

/** `ENOENT` and the like. */
export function errorCode(error: unknown): string | undefined {
  if (!(error instanceof Error) || !("code" in error)) return undefined;
  return typeof error.code === "string" ? error.code : undefined;
}
