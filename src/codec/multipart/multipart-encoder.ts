// Multipart bodies (RFC 2046 §5.1, RFC 7578) written as they are read: parts in, octets out, with the
// length known beforehand where it can be. Does no I/O of its own; streams are asked for one chunk at a time.
import { WaybillError } from "../../base/fault.js";
import { formatMediaType } from "../../base/media-type.js";
import { drawBoundary, occursIn } from "./draw-boundary.js";
import { formatPartHead, type PartHeadToWrite } from "./format-part-head.js";
import { OctetGatherer } from "./octet-gatherer.js";
import { type OctetReader, type OctetSource, readOctets } from "./octet-source.js";
import { checkBoundary } from "./parse-boundary.js";

export interface PartToWrite extends PartHeadToWrite {
  /** A Blob gives its type, and a File its name, unless the part says otherwise. Text is written in UTF-8. */
  readonly body: Uint8Array | string | Blob | OctetSource;
  /** Octets of the body, where it is a stream and they are known. */
  readonly size?: number | undefined;
}

export interface MultipartEncoderOptions {
  /** By default one that cannot be foretold, drawn for each body. */
  readonly boundary?: string | undefined;
  /** Default `form-data`, in which every part has a name. */
  readonly subtype?: string | undefined;
  /** More parameters of the Content-Type, such as `type` and `start` of multipart/related (RFC 2387 §3). */
  readonly parameters?: Iterable<readonly [name: string, value: string]>;
}

export interface EncodedMultipart {
  readonly contentType: string;
  /** Octets of the body; undefined when a stream is in it whose size was not said. */
  readonly contentLength: number | undefined;
  /** Can be read again, as for a retry, unless a stream is in it. Leaving it early closes the streams. */
  readonly body: AsyncIterable<Uint8Array>;
}

export interface MultipartEncoder {
  /**
   * Throws `part-without-name`, `malformed-header`, or `malformed-multipart` for a boundary that cannot be.
   * The body fails with `malformed-multipart` where a stream is longer or shorter than was said.
   */
  encode(parts: Iterable<PartToWrite>): EncodedMultipart;
}

interface ReadyPart {
  readonly index: number;
  readonly name: string | undefined;
  readonly head: string;
  readonly body: Uint8Array | Blob | OctetSource;
  readonly size: number | undefined;
}

const utf8 = new TextEncoder();
const lineEnd = utf8.encode("\r\n");

export function createMultipartEncoder(options: MultipartEncoderOptions = {}): MultipartEncoder {
  const { subtype = "form-data", parameters = [] } = options;
  return {
    encode(given) {
      const parts = Array.from(given, (part, index) => ready(part, index, subtype === "form-data"));
      const boundary = boundaryFor(parts, options.boundary);
      const all = new Map([["boundary", boundary], ...parameters]);
      return {
        contentType: formatMediaType({ type: "multipart", subtype, parameters: all }),
        contentLength: lengthOf(parts, boundary),
        body: createBody(parts, boundary),
      };
    },
  };
}

function ready(part: PartToWrite, index: number, form: boolean): ReadyPart {
  const { name } = part;
  const body = typeof part.body === "string" ? utf8.encode(part.body) : part.body;
  const filename = part.filename ?? (isFile(body) ? body.name : undefined);
  const mediaType = part.mediaType ?? mediaTypeOf(body, filename);
  const head = formatPartHead({ name, filename, mediaType, headers: part.headers }, form);
  const size = sizeOf(body) ?? part.size;
  if (part.size !== undefined && part.size !== size) throw wrongSize(name, index, part.size);
  return { index, name, head, body, size };
}

function isFile(body: object): body is File {
  return body instanceof Blob && "name" in body && typeof body.name === "string";
}

// As browsers: a file is of some type, even if it is not known which.
function mediaTypeOf(body: object, filename: string | undefined): string | undefined {
  if (body instanceof Blob && body.type !== "") return body.type;
  return filename === undefined ? undefined : "application/octet-stream";
}

function sizeOf(body: ReadyPart["body"]): number | undefined {
  if (body instanceof Uint8Array) return body.length;
  return body instanceof Blob ? body.size : undefined;
}

function boundaryFor(parts: readonly ReadyPart[], given: string | undefined): string {
  const bodies = parts.flatMap(({ body }) => (body instanceof Uint8Array ? [body] : []));
  if (given === undefined) return drawBoundary(bodies);
  if (!occursIn(checkBoundary(given), bodies)) return given;
  const detail = "The boundary stands in the body of a part.";
  throw new WaybillError({ code: "malformed-multipart", detail });
}

function lengthOf(parts: readonly ReadyPart[], boundary: string): number | undefined {
  let length = opening(boundary).length + 2;
  for (const { head, size } of parts) {
    if (size === undefined) return undefined;
    length += opening(boundary).length + utf8.encode(head).length + size + lineEnd.length;
  }
  return length;
}

function opening(boundary: string): string {
  return `--${boundary}\r\n`;
}

function createBody(parts: readonly ReadyPart[], boundary: string): AsyncIterable<Uint8Array> {
  const once = parts.some(({ body }) => isStream(body));
  let begun = false;
  return {
    [Symbol.asyncIterator]() {
      if (once && begun) throw new TypeError("A body with a stream in it can be read once only.");
      begun = true;
      return write(parts, boundary);
    },
  };
}

function isStream(body: ReadyPart["body"]): body is OctetSource {
  return !(body instanceof Uint8Array) && !(body instanceof Blob);
}

async function* write(parts: readonly ReadyPart[], boundary: string): AsyncGenerator<Uint8Array> {
  const gatherer = new OctetGatherer();
  const waiting = new Map<ReadyPart, OctetReader>();
  for (const part of parts) {
    if (isStream(part.body)) waiting.set(part, readOctets(part.body));
  }
  try {
    for (const part of parts) {
      yield* gatherer.add(utf8.encode(opening(boundary) + part.head));
      if (part.body instanceof Uint8Array) yield* gatherer.add(part.body);
      else {
        // A stream may be slow: the receiver need not wait for what is known already.
        yield* gatherer.flush();
        const reader = waiting.get(part) ?? readBlob(part.body);
        waiting.set(part, reader);
        yield* readWhole(reader, part);
        waiting.delete(part);
      }
      yield* gatherer.add(lineEnd);
    }
    yield* gatherer.add(utf8.encode(`--${boundary}--\r\n`));
    yield* gatherer.flush();
  } finally {
    await Promise.all(Array.from(waiting.values(), (reader) => reader.close()));
  }
}

function readBlob(body: Blob | OctetSource): OctetReader {
  return readOctets(body instanceof Blob ? body.stream() : body);
}

async function* readWhole(reader: OctetReader, part: ReadyPart): AsyncGenerator<Uint8Array> {
  const { size, name, index } = part;
  let octets = 0;
  for (;;) {
    const chunk = await reader.next();
    if (chunk === undefined) break;
    octets += chunk.length;
    // Before it is sent: what is more than the announced length would belong to the next request.
    if (size !== undefined && octets > size) throw wrongSize(name, index, size);
    if (chunk.length > 0) yield chunk;
  }
  if (size !== undefined && octets < size) throw wrongSize(name, index, size);
}

function wrongSize(name: string | undefined, index: number, size: number): WaybillError {
  const which = name === undefined ? String(index) : JSON.stringify(name);
  const detail = `The body of part ${which} has not the ${size} octets that were said.`;
  return new WaybillError({ code: "malformed-multipart", detail });
}
