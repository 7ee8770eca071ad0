// A multipart body as an async iterator of parts whose bodies stream: a part is there when its headers
// are, its octets come as they are asked for. Pulls from the source only what is asked for.
import { WaybillError } from "../../base/fault.js";
import { defaultLimits, type Limits } from "../../base/limits.js";
import { type MediaType, parseMediaType } from "../../base/media-type.js";
import { flattenMixed } from "./flatten-mixed.js";
import { limitParts } from "./limit-parts.js";
import {
  createMultipartDecoder,
  type MultipartDecoder,
  type MultipartHandler,
  type PartHead,
} from "./multipart-decoder.js";
import type { MultipartPart } from "./multipart-part.js";
import { type OctetSource, readOctets } from "./octet-source.js";
import { parseBoundary } from "./parse-boundary.js";
import { PartFeed } from "./part-feed.js";
import { PartIterator } from "./part-iterator.js";
import { undoTransferEncoding } from "./undo-transfer-encoding.js";
import { unescapeHead } from "./unescape-head.js";

export interface DecodeMultipartOptions {
  /** The Content-Type of the body: `multipart/form-data; boundary=…`, or another multipart type. */
  readonly contentType: string;
  /** Each by name; see `defaultLimits`. */
  readonly limits?: Partial<MultipartLimits>;
  /** Which parts count as files for the limits. Default: those with a filename. */
  readonly isFile?: (head: PartHead) => boolean;
  /** Undo base64 and quoted-printable of the Content-Transfer-Encoding. Default true. */
  readonly transferEncoding?: boolean;
  /** Tell the parts of a nested multipart/mixed part (RFC 7578 §4.3) one by one. Default true. */
  readonly flattenMixed?: boolean;
  /** Read `%22`, `%0D` and `%0A` in names as browsers mean them. Default false: they stay. */
  readonly unescapeNames?: boolean;
  /** As of `createMultipartDecoder`. */
  readonly strict?: boolean;
  readonly lineFeed?: boolean;
}

export type MultipartLimits = Pick<
  Limits,
  | "bodyBytesMax"
  | "partsMax"
  | "fieldsMax"
  | "filesMax"
  | "nameBytesMax"
  | "fieldBytesMax"
  | "fileBytesMax"
  | "headerBytesMax"
  | "headersMax"
>;

/**
 * Throws at once for a Content-Type that is not multipart (`unsupported-media-type`) or has no usable
 * boundary. All else rejects whoever waits, then every later call. Leaving the loop early closes the source.
 */
export function decodeMultipart(
  source: OctetSource,
  options: DecodeMultipartOptions,
): AsyncIterableIterator<MultipartPart> {
  const contentType = multipartType(options.contentType);
  const boundary = parseBoundary(contentType);
  const limits = { ...defaultLimits, ...options.limits };
  const feed = new PartFeed({
    reader: readOctets(source),
    bodyBytesMax: limits.bodyBytesMax,
    createDecoder: (handler) =>
      createDecoder({ ...options, handler, boundary, contentType, limits }),
  });
  return new PartIterator({ feed, contentType, fieldBytesMax: limits.fieldBytesMax });
}

function multipartType(text: string): MediaType {
  const parsed = parseMediaType(text);
  if (parsed?.type === "multipart") return parsed;
  const detail = "The Content-Type is not multipart.";
  throw new WaybillError({ code: "unsupported-media-type", detail });
}

interface DecoderPlan extends Omit<DecodeMultipartOptions, "contentType" | "limits"> {
  readonly handler: MultipartHandler;
  readonly boundary: string;
  readonly contentType: MediaType;
  readonly limits: MultipartLimits;
}

// The first to be told stands last: what counts is what comes out of the encodings and nested bodies.
function createDecoder(plan: DecoderPlan): MultipartDecoder {
  const { boundary, limits, strict = false, lineFeed = false, isFile } = plan;
  const form = plan.contentType.subtype === "form-data";
  let handler = plan.unescapeNames === true ? unescapeNames(plan.handler) : plan.handler;
  handler = limitParts({ limits, isFile, handler });
  if (plan.transferEncoding !== false) handler = undoTransferEncoding(handler);
  if (form && plan.flattenMixed !== false) {
    handler = flattenMixed({ limits, strict, lineFeed, handler });
  }
  const subtype = form ? "form-data" : "mixed";
  return createMultipartDecoder({ boundary, subtype, limits, strict, lineFeed, handler });
}

function unescapeNames(handler: MultipartHandler): MultipartHandler {
  return {
    onPart: (head) => handler.onPart(unescapeHead(head)),
    onData: (bytes, offset) => handler.onData(bytes, offset),
    onPartEnd: () => handler.onPartEnd(),
  };
}
