// Conditional requests (RFC 9110 §13), as a pure function. Knows no resources: only validators.
import { matchesStrongly, matchesWeakly, parseEntityTags } from "./entity-tag.js";
import { parseHttpDate } from "./http-date.js";
import type { HttpRequest } from "./exchange.js";

/** What is there now; a property that is unknown is left out. */
export interface Validators {
  /** As its field text, e.g. `"abc"` or `W/"abc"`. */
  readonly etag?: string;
  /** Milliseconds since the Unix epoch. */
  readonly modifiedMs?: number;
}

export type PreconditionResult = "proceed" | "not-modified" | "failed";

/**
 * Evaluates the preconditions in the order of RFC 9110 §13.2.2. `current` is undefined when there is no
 * representation yet. `not-modified` is for GET and HEAD only: a 304; `failed` is a 412.
 */
export function checkPreconditions(
  request: Pick<HttpRequest, "method" | "headers">,
  current: Validators | undefined,
): PreconditionResult {
  const isRead = request.method === "GET" || request.method === "HEAD";
  if (!isStillThere(request.headers, current)) return "failed";
  const noneMatch = request.headers["if-none-match"];
  if (noneMatch !== undefined) {
    if (!includesTag(noneMatch, current, matchesWeakly)) return "proceed";
    return isRead ? "not-modified" : "failed";
  }
  const since = headerDate(request.headers["if-modified-since"]);
  const modified = seconds(current?.modifiedMs);
  const isUnmodified = since !== undefined && modified !== undefined && modified <= since;
  return isRead && isUnmodified ? "not-modified" : "proceed";
}

/**
 * Does the request name a state that it is meant for (RFC 9110 §13.1)? If-None-Match names those that it is
 * not meant for, so only `*` tells; a field that is ignored tells nothing.
 */
export function hasCondition({ headers }: Pick<HttpRequest, "headers">): boolean {
  return (
    headers["if-match"] !== undefined ||
    headers["if-none-match"]?.trim() === "*" ||
    headerDate(headers["if-unmodified-since"]) !== undefined
  );
}

// RFC 9110 §13.1.4: If-Unmodified-Since is ignored when If-Match is there, when it is no date, and when
// there is no modification date to compare.
function isStillThere(headers: HttpRequest["headers"], current: Validators | undefined): boolean {
  const match = headers["if-match"];
  if (match !== undefined) return includesTag(match, current, matchesStrongly);
  const since = headerDate(headers["if-unmodified-since"]);
  const modified = seconds(current?.modifiedMs);
  return since === undefined || modified === undefined || modified <= since;
}

function includesTag(
  field: string,
  current: Validators | undefined,
  matches: (a: string, b: string) => boolean,
): boolean {
  if (!current) return false;
  if (field.trim() === "*") return true;
  const { etag } = current;
  return etag !== undefined && parseEntityTags(field).some((tag) => matches(tag, etag));
}

function headerDate(field: string | undefined): number | undefined {
  return field === undefined ? undefined : parseHttpDate(field);
}

// HTTP dates have whole seconds: without this, no file would be unmodified since its own Last-Modified.
function seconds(ms: number | undefined): number | undefined {
  return ms === undefined ? undefined : Math.floor(ms / 1000) * 1000;
}
