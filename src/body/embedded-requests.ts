// Whole requests in the parts of a multipart/mixed body, each of `application/http` (RFC 9112 §10.2): octets in, heads
// and pieces of bodies out. Knows nothing of what they ask for.
import { WaybillError, type Fault } from "../base/fault.js";
import type { Limits } from "../base/limits.js";
import { essenceOf, parseMediaType, type MediaType } from "../base/media-type.js";
import { readLatin1 } from "../codec/multipart/latin1.js";
import { createMultipartDecoder, type PartHead } from "../codec/multipart/multipart-decoder.js";
import { parseBoundary } from "../codec/multipart/parse-boundary.js";
import { join } from "./join.js";

export interface EmbeddedRequest {
  /** From 0. */
  readonly index: number;
  /** `Content-ID` of its part, without the angle brackets. */
  readonly contentId: string | undefined;
  readonly method: string;
  readonly target: string;
  /** Lower-case names; repeated fields joined by `, `. */
  readonly headers: Readonly<Record<string, string>>;
}

/** A view of the chunk that was written, for the request begun last. */
export type EmbeddedEvent = EmbeddedRequest | Uint8Array | "end";

export interface EmbeddedRequests {
  /** Both throw `malformed-multipart`, `bad-request`, and limits; what is wrong with one request names it. */
  write(chunk: Uint8Array): EmbeddedEvent[];
  end(): EmbeddedEvent[];
}

export interface EmbeddedRequestsOptions {
  readonly contentType: MediaType;
  readonly limits: Limits;
}

export function createEmbeddedRequests(options: EmbeddedRequestsOptions): EmbeddedRequests {
  const { contentType, limits } = options;
  let events: EmbeddedEvent[] = [];
  let part: PartHead | undefined;
  /** Of its head, until that is whole. */
  let head: Uint8Array[] | undefined;
  let left = 0;

  const begin = (text: string, { index, headers }: PartHead): void => {
    const contentId = headers.find(([name]) => name === "content-id")?.[1];
    const id = contentId?.trim().replace(/^<(.*)>$/, "$1");
    events.push({ index, contentId: id, ...parseHead(text, index) });
  };

  const decoder = createMultipartDecoder({
    boundary: parseBoundary(contentType),
    subtype: "mixed",
    limits: { ...limits, partsMax: limits.batchRequestsMax + 1 },
    handler: {
      onPart(found) {
        if (found.index >= limits.batchRequestsMax) throw tooMany(limits.batchRequestsMax);
        checkPart(found);
        part = found;
        head = [];
        left = limits.headerBytesMax;
      },
      onData(bytes) {
        if (!part) return;
        if (!head) return void events.push(bytes);
        left -= bytes.length;
        head.push(bytes.slice());
        const all = join(head);
        const end = endOfHead(all);
        if (end === undefined) {
          if (left < 0) throw tooLong(part.index, limits.headerBytesMax);
          return;
        }
        head = undefined;
        begin(readLatin1(all, 0, end), part);
        if (end < all.length) events.push(all.subarray(end));
      },
      onPartEnd() {
        // The line that ends the head may be the one before the boundary.
        if (part && head) {
          const all = join(head);
          begin(readLatin1(all, 0, all.length), part);
        }
        part = undefined;
        head = undefined;
        events.push("end");
      },
    },
  });

  const taken = (): EmbeddedEvent[] => {
    const found = events;
    events = [];
    return found;
  };
  return {
    write(chunk) {
      decoder.write(chunk);
      return taken();
    },
    end() {
      decoder.end();
      return taken();
    },
  };
}

/** What is wrong with one of several requests, told as such. */
export function ofRequest(index: number, error: unknown): unknown {
  if (!(error instanceof WaybillError)) return error;
  const [first, ...more] = error.faults.map((fault): Fault => ({ request: index, ...fault }));
  return first ? new WaybillError([first, ...more], { cause: error }) : error;
}

/** After the empty line that ends it; empty lines before it are passed over (RFC 9112 §2.2). */
function endOfHead(octets: Uint8Array): number | undefined {
  let begun = false;
  for (let at = 0; at < octets.length; at++) {
    const octet = octets[at];
    if (octet === 0x0d) continue;
    if (octet !== 0x0a) begun = true;
    else if (begun && octets[octets[at + 1] === 0x0d ? at + 2 : at + 1] === 0x0a)
      return octets[at + 1] === 0x0d ? at + 3 : at + 2;
  }
  return undefined;
}

type Head = Pick<EmbeddedRequest, "method" | "target" | "headers">;

const requestLine = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+) ([!-~]+) HTTP\/1\.[01]$/;
const fieldLine = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*([\t -~\x80-\xff]*?)[ \t]*$/;

function parseHead(text: string, index: number): Head {
  const lines = text
    .replace(/^(?:\r?\n)+/, "")
    .trimEnd()
    .split(/\r?\n/);
  const [, method, target] = requestLine.exec(lines.shift() ?? "") ?? [];
  if (method === undefined || target === undefined)
    throw bad(index, "its first line must be METHOD target HTTP/1.1");
  const headers: Record<string, string> = {};
  for (const line of lines) {
    const [, field, value = ""] = fieldLine.exec(line) ?? [];
    if (field === undefined) throw bad(index, "one of its header lines is malformed");
    const name = field.toLowerCase();
    const known = Object.hasOwn(headers, name) ? headers[name] : undefined;
    headers[name] = known === undefined ? value : `${known}, ${value}`;
  }
  // Where it ends, its part says.
  if (headers["transfer-encoding"] !== undefined) throw bad(index, "it has a Transfer-Encoding");
  return { method, target, headers };
}

function checkPart({ index, mediaType, transferEncoding = "binary" }: PartHead): void {
  const type = parseMediaType(mediaType ?? "");
  const isRequest = (type?.parameters.get("msgtype") ?? "request").toLowerCase() === "request";
  if (!type || essenceOf(type) !== "application/http" || !isRequest)
    throw bad(index, "the Content-Type of its part must be application/http");
  if (!["binary", "8bit", "7bit"].includes(transferEncoding))
    throw bad(index, "its part must not have a Content-Transfer-Encoding other than binary");
}

function bad(index: number, why: string): WaybillError {
  const detail = `Request ${index} of the batch cannot be read: ${why}.`;
  return new WaybillError({ code: "bad-request", detail, request: index });
}

function tooLong(index: number, value: number): WaybillError {
  return new WaybillError({
    code: "header-too-large",
    detail: `The head of request ${index} of the batch has more than ${value} octets.`,
    limit: { name: "headerBytesMax", value },
    request: index,
  });
}

function tooMany(value: number): WaybillError {
  return new WaybillError({
    code: "too-many-parts",
    detail: `The batch has more than ${value} requests.`,
    limit: { name: "batchRequestsMax", value },
  });
}
