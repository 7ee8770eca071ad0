// Takes a block of header lines apart (RFC 5322 §2.2, unfolding §2.2.3) and picks out the three that
// RFC 7578 §4.8 knows. By index and slice, never by regular expression. Knows no limits.
import { isToken } from "../../base/media-type.js";
import { decodeText } from "./latin1.js";
import type { PartFault } from "./part-fault.js";

export interface HeaderFields {
  /** Names lower-case, values unfolded and trimmed, in order. */
  readonly all: (readonly [name: string, value: string])[];
  /** One character an octet still: what its octets mean is told parameter by parameter. */
  disposition: string | undefined;
  /** Octets from the first header line to that of the Content-Disposition. */
  dispositionAt: number;
  mediaType: string | undefined;
  transferEncoding: string | undefined;
}

/** `text`: the lines and the empty one after them, one character an octet. Throws `malformed-header`. */
export function readHeaderFields(text: string, nonAscii: boolean, fault: PartFault): HeaderFields {
  const fields: HeaderFields = {
    all: [],
    disposition: undefined,
    dispositionAt: 0,
    mediaType: undefined,
    transferEncoding: undefined,
  };
  let at = 0;
  for (;;) {
    let feed = text.indexOf("\n", at);
    let end = lineEnd(text, feed);
    if (feed < 0 || end === at) return fields;
    const colon = text.indexOf(":", at);
    if (colon < 0 || colon >= end) {
      throw fault("malformed-header", "A part header line has no colon.", at);
    }
    const name = headerName(text.slice(at, colon));
    if (name === undefined) {
      throw fault("malformed-header", "A part header has a malformed name.", at);
    }
    let value = trimmed(text, colon + 1, end);
    while (isBlank(text.charCodeAt(feed + 1))) {
      const next = feed + 1;
      feed = text.indexOf("\n", next);
      end = lineEnd(text, feed);
      value = unfolded(value, trimmed(text, next, end));
    }
    if (!keep(fields, name, value, at, nonAscii)) {
      throw fault("malformed-header", `A part has more than one ${name} header.`, at);
    }
    at = feed + 1;
  }
}

// False for a second one: parsers differ in which they believe, so neither can be.
function keep(
  fields: HeaderFields,
  name: string,
  latin1: string,
  at: number,
  nonAscii: boolean,
): boolean {
  const value = nonAscii ? decodeText(latin1) : latin1;
  fields.all.push([name, value]);
  if (name === "content-disposition") {
    if (fields.disposition !== undefined) return false;
    fields.disposition = latin1;
    fields.dispositionAt = at;
  } else if (name === "content-type") {
    if (fields.mediaType !== undefined) return false;
    fields.mediaType = value;
  } else if (name === "content-transfer-encoding") {
    if (fields.transferEncoding !== undefined) return false;
    fields.transferEncoding = value.toLowerCase();
  }
  return true;
}

function headerName(name: string): string | undefined {
  // As nearly every client writes them: spares the check and the copy.
  if (name === "Content-Disposition") return "content-disposition";
  if (name === "Content-Type") return "content-type";
  return isToken(name) ? name.toLowerCase() : undefined;
}

// Not `trim()`: these are octets still, and A0 in them is half of a letter, no space.
function unfolded(value: string, more: string): string {
  return value === "" || more === "" ? value + more : `${value} ${more}`;
}

function lineEnd(text: string, feed: number): number {
  return text.charCodeAt(feed - 1) === 13 ? feed - 1 : feed;
}

function trimmed(text: string, from: number, to: number): string {
  let start = from;
  let end = to;
  while (start < end && isBlank(text.charCodeAt(start))) start++;
  while (end > start && isBlank(text.charCodeAt(end - 1))) end--;
  return text.slice(start, end);
}

function isBlank(code: number): boolean {
  return code === 32 || code === 9;
}
