// Options of signed URLs, as a user gives them, and how long bytes must outlive their row because of them.
import { isObject } from "../base/json.js";
import type { Store } from "../store/store.js";

export interface DownloadOptions {
  /**
   * `stream`: the server sends the bytes. `redirect`: it answers 307 with a signed URL of the storage, where that has
   * them; else it sends them. Default `stream`.
   */
  readonly mode?: "stream" | "redirect";
  /** How long such a URL lives. Default 5 minutes, at most 7 days. */
  readonly expiresMs?: number;
}

export const directMsDefault = 60 * 60 * 1000;
const downloadMsDefault = 5 * 60 * 1000;
/** No storage signs for longer. */
export const signedMsMax = 7 * 24 * 60 * 60 * 1000;
/** Clocks differ a little. */
const marginMs = 60 * 1000;

/** Throws a TypeError that names the option. */
export function downloadOptionsOf(said: unknown = {}): Required<DownloadOptions> {
  const given = said ?? {}; // in a file, with all that is in it commented out
  if (!isObject(given)) throw new TypeError("downloads must be an object.");
  const unknown = Object.keys(given).find((each) => each !== "mode" && each !== "expiresMs");
  if (unknown !== undefined)
    throw new TypeError(`downloads: there is no option ${unknown}; there are mode, expiresMs.`);
  const { mode = "stream", expiresMs = downloadMsDefault } = given;
  if (mode !== "stream" && mode !== "redirect")
    throw new TypeError("downloads.mode must be stream or redirect.");
  return { mode, expiresMs: signedMs("downloads.expiresMs", expiresMs) };
}

/** Throws a TypeError that names the option. */
export function signedMs(name: string, said: unknown): number {
  // Storages count in seconds.
  if (typeof said === "number" && said >= 1000 && said <= signedMsMax) return said;
  throw new TypeError(`${name} must be a number of milliseconds from 1000 to ${signedMsMax}.`);
}

export interface SignedFor {
  readonly downloads: Required<DownloadOptions>;
  /** How long URLs live that clients send to. */
  readonly directMs: number;
}

/** From the end of a row to that of its bytes: until the last URL that may lead to them is over. */
export function graceMsOf(store: Store, { downloads, directMs }: SignedFor): number {
  const own = store.graceMs ?? 0;
  if (!store.signed) return own;
  const readMs = downloads.mode === "redirect" ? downloads.expiresMs : 0;
  return Math.max(own, Math.max(readMs, directMs) + marginMs);
}
