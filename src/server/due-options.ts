// Options of what waits and what is due, as a user gives them: checked, with what was left out.
import { isObject } from "../base/json.js";
import { batchPathDefault } from "../plan/expand-batch.js";
import { uploadPathDefault } from "../plan/expand-uploads.js";
import { directMsDefault, signedMs } from "./signed-url-options.js";
import { joinSegments, segmentsOf } from "../plan/path-template.js";

export interface UploadOptions {
  /** Of the operations, below the API's base path. Default `/uploads`, which the document's own operations keep where it has them there; any other must be free. */
  readonly path?: string;
  /** How long an upload may wait to be attached. Default 24 hours. */
  readonly expiresMs?: number;
  /**
   * Whoever made an upload may read its bytes by GET before they are attached, as some clients of tus do; then what
   * has become of it is told with `Accept: application/json` alone. Default false: the API would store files for anybody.
   */
  readonly download?: boolean;
  /** How long a URL lives that a client sends an upload to by itself. Default 1 hour, at most 7 days. */
  readonly directMs?: number;
}

export interface BatchOptions {
  /** Of the operation, below the API's base path. Default `/batch`, which the document's own operations keep where it has them there; any other must be free. */
  readonly path?: string;
}

export interface PruneOptions {
  /** From the end of one round to the next. Default one minute. */
  readonly intervalMs?: number;
  /** How long the event log keeps what happened. Default 30 days. */
  readonly eventsMs?: number;
}

export interface DrainOptions {
  /** From the signal to end on, how long requests are still taken while `/readyz` says 503. Default 0. */
  readonly readyMs?: number;
  /** How long requests under way may take after that. Default 30 seconds. */
  readonly graceMs?: number;
}

const dayMs = 24 * 60 * 60 * 1000;
/** Past it, Node's timers take no time at all. */
const timerMsMax = 2 ** 31 - 1;
export const eventsMsDefault = 30 * dayMs;
const expiresMsMax = 100 * 365 * dayMs;

/** Throws a TypeError that names the option. */
export function uploadOptionsOf(said: unknown = {}): Required<UploadOptions> | false {
  if (said === false) return false;
  const names = ["path", "expiresMs", "download", "directMs"];
  const given = members("uploads", said, names);
  const { path = uploadPathDefault, expiresMs = dayMs, download = false } = given;
  const { directMs = directMsDefault } = given;
  if (typeof download !== "boolean") throw new TypeError("uploads.download must be true or false.");
  return {
    path: pathOf("uploads.path", path),
    expiresMs: duration("uploads.expiresMs", expiresMs, expiresMsMax),
    download,
    directMs: signedMs("uploads.directMs", directMs),
  };
}

/** Throws a TypeError that names the option. */
export function batchOptionsOf(said: unknown = {}): Required<BatchOptions> | false {
  if (said === false) return false;
  const { path = batchPathDefault } = members("batch", said, ["path"]);
  return { path: pathOf("batch.path", path) };
}

/** Throws a TypeError where one path would be of two operations. */
export function checkApart(
  uploads: Required<UploadOptions> | false,
  batch: Required<BatchOptions> | false,
): void {
  if (uploads === false || batch === false) return;
  const isSame = joinSegments(segmentsOf(uploads.path)) === joinSegments(segmentsOf(batch.path));
  if (isSame)
    throw new TypeError(`uploads.path and batch.path must not be the same: ${batch.path}.`);
}

function pathOf(name: string, said: unknown): string {
  if (typeof said === "string" && /^\/[^{}?#]+$/.test(said)) return said;
  throw new TypeError(`${name} must be a path, with a slash first and no parameters.`);
}

/** Throws a TypeError that names the option. */
export function pruneOptionsOf(said: unknown = {}): Required<PruneOptions> | false {
  if (said === false) return false;
  const { intervalMs = 60 * 1000, eventsMs = eventsMsDefault } = members("prune", said, [
    "intervalMs",
    "eventsMs",
  ]);
  return {
    intervalMs: duration("prune.intervalMs", intervalMs, timerMsMax),
    eventsMs: duration("prune.eventsMs", eventsMs, expiresMsMax),
  };
}

/** Throws a TypeError that names the option. */
export function drainOptionsOf(said: unknown = {}): Required<DrainOptions> {
  const { readyMs = 0, graceMs = 30_000 } = members("drain", said, ["readyMs", "graceMs"]);
  return {
    readyMs: readyMs === 0 ? 0 : duration("drain.readyMs", readyMs, timerMsMax),
    graceMs: graceMs === 0 ? 0 : duration("drain.graceMs", graceMs, timerMsMax),
  };
}

/** The path of the page; undefined for none. Throws a TypeError that names the option. */
export function metricsPathOf(said: unknown = false): string | undefined {
  if (said === false || said === null) return undefined;
  const { path = "/metrics" } = said === true ? {} : members("metrics", said, ["path"]);
  return pathOf("metrics.path", path);
}

function members(name: string, said: unknown, known: readonly string[]): Record<string, unknown> {
  if (said === null) return {}; // in a file, with all that is in it commented out
  if (!isObject(said)) throw new TypeError(`${name} must be false or an object.`);
  const unknown = Object.keys(said).find((each) => !known.includes(each));
  if (unknown === undefined) return said;
  throw new TypeError(`${name}: there is no option ${unknown}; there are ${known.join(", ")}.`);
}

function duration(name: string, said: unknown, max: number): number {
  if (typeof said === "number" && said > 0 && said <= max) return said;
  throw new TypeError(`${name} must be a number of milliseconds, more than 0 and at most ${max}.`);
}
