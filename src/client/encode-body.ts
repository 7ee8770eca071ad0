// A value and its files as the request body that a document describes: the other way round of
// `body`. Streams; nothing is held but what is text already.
import { WaybillError } from "../base/fault.js";
import { isObject } from "../base/json.js";
import { formatMediaType, isRange, type MediaType } from "../base/media-type.js";
import type { FilePlan } from "../plan/file-plan.js";
import type { MediaTypePlan } from "../plan/media-type-plan.js";
import { encodeForm, encodeUrlencoded } from "./encode-form.js";
import { encodedOctets, encodeJson } from "./encode-json.js";
import { encodeSequence } from "./encode-sequence.js";
import { encodeText } from "./encode-text.js";
import { knownFile, octetsOf } from "./file-input.js";
import { formatXml } from "./format-xml.js";

export interface EncodedBody {
  readonly contentType: string;
  /** Octets; undefined where a stream of unknown size is in it. */
  readonly contentLength: number | undefined;
  readonly body: AsyncIterable<Uint8Array>;
}

/** Files in `value` are `FileInput`s. Throws `invalid-value` for what the plan cannot carry. */
export function encodeBody({ range, body }: MediaTypePlan, value: unknown): EncodedBody {
  switch (body.kind) {
    case "json":
      return { contentType: concrete(range, "application/json"), ...encodeJson(value, body.value) };
    case "form-data":
      return encodeForm(body.form, members(value), range.subtype);
    case "urlencoded":
      return {
        contentType: "application/x-www-form-urlencoded",
        ...encodeUrlencoded(body.form, members(value)),
      };
    case "xml":
      return {
        contentType: concrete(range, "application/xml"),
        ...encodeText(formatXml(body.xml, value)),
      };
    case "text":
      return {
        contentType: concrete(range, "text/plain"),
        ...encodeText(value === null ? "" : String(value)),
      };
    case "sequence":
      return {
        contentType: concrete(range, "application/jsonl"),
        ...encodeSequence(body.sequence, items(value)),
      };
    case "raw":
      return encodeRaw(range, body.file, value);
  }
}

function encodeRaw(range: MediaType, plan: FilePlan, value: unknown): EncodedBody {
  const file = knownFile(value);
  if (!file)
    throw new WaybillError({
      code: "invalid-value",
      detail: "The body must be a file.",
      pointer: "",
    });
  const contentType = file.mediaType ?? concrete(range, "application/octet-stream");
  return plan.encoding === undefined
    ? { contentType, contentLength: file.size, body: octetsOf(file.content) }
    : { contentType, contentLength: undefined, body: encodedOctets(file, plan) };
}

// A range is no Content-Type: then the plainest one that it covers, or what the file itself says.
function concrete(range: MediaType, plainest: string): string {
  return isRange(range) ? plainest : formatMediaType(range);
}

function members(value: unknown): Readonly<Record<string, unknown>> {
  if (isObject(value)) return value;
  throw new WaybillError({
    code: "invalid-value",
    detail: "The value of a form must be an object.",
    pointer: "",
  });
}

function items(value: unknown): readonly unknown[] {
  if (Array.isArray(value)) return value;
  throw new WaybillError({
    code: "invalid-value",
    detail: "The value of a sequence must be an array.",
    pointer: "",
  });
}
