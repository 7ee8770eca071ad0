// A value and its files as the request body that a document describes: the other way round of
// `body`. Streams; nothing is held but what is text already.
import { isObject } from "../base/json.js";
import { formatMediaType, type MediaType } from "../base/media-type.js";
import type { FilePlan } from "../plan/file-plan.js";
import type { MediaTypePlan } from "../plan/media-type-plan.js";
import { encodeFile } from "./encode-file.js";
import { encodeJson } from "./encode-json.js";
import { encodePairs } from "./encode-pairs.js";
import { encodeMultipart } from "./encode-parts.js";
import { encodeSequence } from "./encode-sequence.js";
import { encodeOctetsOnce, textOctets, textOf } from "./encode-text.js";
import { knownFile, octetsOf } from "./file-input.js";
import type { FormOptions } from "./form-fields.js";
import { formatXml } from "./format-xml.js";
import { invalidValue } from "./invalid-value.js";
import { partType } from "./part-type.js";

export interface EncodedBody {
  readonly contentType: string;
  /** Octets; undefined where a stream of unknown size is in it. */
  readonly contentLength: number | undefined;
  /** Can be read again, as for a retry, unless a stream is in it. */
  readonly body: AsyncIterable<Uint8Array>;
}

export interface BodyEncoding extends FormOptions {
  /** Which media type the body is, where the document has a range of them. */
  readonly mediaType?: string;
}

/**
 * Files in `value` are `FileInput`s. Throws `invalid-value` for what the plan cannot carry, `unknown-property` for
 * a name that the schema refuses, and what `partHeaders` and the multipart encoder throw.
 */
export function encodeBody(
  { range, body }: MediaTypePlan,
  value: unknown,
  options: BodyEncoding = {},
): EncodedBody {
  const typeOf = (plainest: string): string => concrete(range, options.mediaType, plainest);
  switch (body.kind) {
    case "json":
      return { contentType: typeOf("application/json"), ...jsonBody(value, body) };
    case "form-data":
    case "positional":
      return encodeMultipart(range, body, value, options);
    case "urlencoded":
      return { contentType: pairsType, ...encodePairs(body.form, members(value), options) };
    case "xml":
      return textBody(typeOf("application/xml"), formatXml(body.xml, value));
    case "text":
      return textBody(typeOf("text/plain"), value === null ? "" : textOf(value, ""));
    case "sequence":
      return {
        contentType: typeOf("application/jsonl"),
        ...encodeSequence(body.sequence, items(value)),
      };
    case "raw":
      return encodeRaw(range, body.file, value, options.mediaType);
  }
}

const pairsType = "application/x-www-form-urlencoded";

function jsonBody(
  value: unknown,
  plan: Extract<MediaTypePlan["body"], { kind: "json" }>,
): Omit<EncodedBody, "contentType"> {
  const { contentLength, body } = encodeJson(value, plan.value);
  return { contentLength, body };
}

function textBody(contentType: string, text: string): EncodedBody {
  return { contentType, ...encodeOctetsOnce(textOctets(text, contentType, "")) };
}

function encodeRaw(
  range: MediaType,
  plan: FilePlan,
  value: unknown,
  said: string | undefined,
): EncodedBody {
  const file = knownFile(typeof value === "string" ? new TextEncoder().encode(value) : value);
  if (!file) throw invalidValue("", "The body must be a file.");
  const contentType = concrete(range, said ?? file.mediaType, "application/octet-stream");
  const { body, size } =
    typeof value === "string" ? { body: file.content, size: file.size } : encodeFile(file, plan);
  return {
    contentType,
    contentLength: size,
    body: { [Symbol.asyncIterator]: () => octetsOf(body) },
  };
}

// A range is no Content-Type: then what the caller says, or the plainest one that it covers.
function concrete(range: MediaType, said: string | undefined, plainest: string): string {
  const own = formatMediaType(range);
  const isOpen = said === undefined && own.includes("*+"); // `application/*+json`
  return isOpen ? plainest : partType({ contentTypes: [own] }, said, plainest, "");
}

function members(value: unknown): Readonly<Record<string, unknown>> {
  if (isObject(value)) return value;
  throw invalidValue("", "The value of a form must be an object.");
}

function items(value: unknown): readonly unknown[] {
  if (Array.isArray(value)) return value;
  throw invalidValue("", "The value of a sequence must be an array.");
}
