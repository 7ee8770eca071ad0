// What object storages refuse, by the status and the word that each of them answers with.
import { isWaybillError, WaybillError } from "../base/fault.js";

export interface StorageAnswer {
  /** Of HTTP; undefined where there was no answer. */
  readonly status: number | undefined;
  /** The storage's own name for it. */
  readonly word: string | undefined;
}

/** The storage's own names for a bucket that is not there: nobody's blob is missing, but all of them. */
const noBucket = new Set(["ContainerNotFound", "ContainerBeingDeleted", "NoSuchBucket"]);

const full = new Set(["QuotaExceeded", "InsufficientCapacity", "XMinioStorageFull"]);

/**
 * `not-found` where an object is not there, or is another version; `insufficient-storage` where there is no room; else
 * `unavailable`. A WaybillError is passed through.
 */
export function bucketFault(error: unknown, { status, word }: StorageAnswer): WaybillError {
  if (isWaybillError(error)) return error;
  const isGone = (status === 404 && !noBucket.has(word ?? "")) || status === 412;
  if (isGone) return notThere(error);
  if (status === 507 || full.has(word ?? "")) {
    const detail = "The storage is full.";
    return new WaybillError({ code: "insufficient-storage", detail }, { cause: error });
  }
  const said = word ?? (status === undefined ? "" : String(status));
  const detail = `The storage failed${said && ` (${said})`}.`;
  return new WaybillError({ code: "unavailable", detail }, { cause: error });
}

export function notThere(cause?: unknown): WaybillError {
  return new WaybillError({ code: "not-found", detail: "There is no such blob." }, { cause });
}

/** A direct upload that cannot be completed yet: what is missing. */
export function notComplete(detail: string): WaybillError {
  return new WaybillError({ code: "not-found", detail });
}

/** What was sent in place of what was announced, and is deleted. */
export function notAnnounced(detail: string): WaybillError {
  return new WaybillError({ code: "upload-rejected", detail });
}
