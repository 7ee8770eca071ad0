// Range requests (RFC 9110 §14): which octets of a representation are asked for. No I/O, no responses.
import { matchesStrongly } from "./entity-tag.js";
import { parseHttpDate } from "./http-date.js";
import type { Validators } from "./preconditions.js";

/** Octets from `start` up to, not including, `end`. Never empty. */
export interface ByteRange {
  readonly start: number;
  readonly end: number;
}

export type RangeSelection =
  /** No Range, or one to be ignored: a 200 with everything. */
  | { readonly kind: "whole" }
  /** In ascending order, none touching another. */
  | { readonly kind: "ranges"; readonly ranges: readonly [ByteRange, ...ByteRange[]] }
  /** A 416 with `Content-Range: bytes *` + `/size`. */
  | { readonly kind: "unsatisfiable" };

/** More than so many ranges are no honest request (RFC 9110 §17.15). */
const rangesMax = 32;
/** About what a part of multipart/byteranges costs: a smaller gap is cheaper to send (RFC 9110 §15.3.7.2). */
const gapBytesMax = 80;

type Spec = ByteRange | "unsatisfiable" | "whole" | "malformed";

/** Reads a `Range` field for a representation of `size` octets. Malformed and foreign ones are ignored (RFC 9110 §14.2). */
export function selectRanges(field: string | undefined, size: number): RangeSelection {
  const equals = field?.indexOf("=") ?? -1;
  if (field === undefined || field.slice(0, equals).trim().toLowerCase() !== "bytes") {
    return { kind: "whole" };
  }
  const texts = field.slice(equals + 1).split(",", 2 * rangesMax);
  const specs = texts.filter((text) => text.trim() !== "").map((text) => parseSpec(text, size));
  if (specs.length === 0 || specs.length > rangesMax) return { kind: "whole" };
  if (specs.some((spec) => spec === "malformed" || spec === "whole")) return { kind: "whole" };
  const ranges = specs.filter((spec) => typeof spec === "object");
  const [first, ...rest] = coalesce(ranges);
  return first ? { kind: "ranges", ranges: [first, ...rest] } : { kind: "unsatisfiable" };
}

/** May the ranges be served? Else the whole is (RFC 9110 §13.1.5): strong comparison, or exactly the same date. */
export function isRangeFresh(ifRange: string | undefined, current: Validators): boolean {
  if (ifRange === undefined) return true;
  const text = ifRange.trim();
  if (text.endsWith('"')) return current.etag !== undefined && matchesStrongly(text, current.etag);
  const date = parseHttpDate(text);
  const { modifiedMs } = current;
  return modifiedMs !== undefined && date === Math.floor(modifiedMs / 1000) * 1000;
}

/** `bytes 0-9/100`; without a range, `bytes *` + `/100`. */
export function formatContentRange(range: ByteRange | undefined, size: number): string {
  return range ? `bytes ${range.start}-${range.end - 1}/${size}` : `bytes */${size}`;
}

function parseSpec(text: string, size: number): Spec {
  const spec = text.trim();
  const dash = spec.indexOf("-");
  const first = dash < 0 ? undefined : digits(spec.slice(0, dash));
  const last = dash < 0 ? undefined : digits(spec.slice(dash + 1));
  if (first === undefined || last === undefined) return "malformed";
  if (first === "") return last === "" ? "malformed" : suffix(last, size);
  if (last !== "" && last < first) return "malformed";
  if (first >= size) return "unsatisfiable";
  return { start: first, end: last === "" ? size : Math.min(last + 1, size) };
}

// RFC 9110 §14.1.2: a suffix longer than the representation means all of it. Of an empty one no
// Content-Range can speak, so that it is served whole.
function suffix(length: number, size: number): Spec {
  if (length === 0) return "unsatisfiable";
  return size === 0 ? "whole" : { start: Math.max(0, size - length), end: size };
}

function digits(text: string): number | "" | undefined {
  if (text === "") return "";
  return /^\d{1,30}$/.test(text) ? Number(text) : undefined;
}

function coalesce(ranges: readonly ByteRange[]): ByteRange[] {
  const merged: ByteRange[] = [];
  for (const range of [...ranges].sort((a, b) => a.start - b.start)) {
    const before = merged.at(-1);
    if (before && range.start - before.end <= gapBytesMax) {
      merged[merged.length - 1] = { start: before.start, end: Math.max(before.end, range.end) };
    } else merged.push(range);
  }
  return merged;
}
