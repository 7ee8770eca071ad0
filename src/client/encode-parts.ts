// Multipart bodies, by name or by position (OAS 3.2 §4.14.5), also as parts of each other.
import { isObject } from "../base/json.js";
import { formatPointer } from "../base/pointer.js";
import {
  essenceOf,
  isRange,
  parseMediaType,
  parseMediaTypes,
  type MediaType,
} from "../base/media-type.js";
import { parseContentDisposition } from "../codec/multipart/content-disposition.js";
import {
  createMultipartEncoder,
  type EncodedMultipart,
  type PartToWrite,
} from "../codec/multipart/multipart-encoder.js";
import type { HeaderPlan } from "../plan/header-plan.js";
import type { MultipartShape } from "../plan/media-type-plan.js";
import type { PositionPlan } from "../plan/position-plan.js";
import type { PropertyPlan } from "../plan/property-plan.js";
import { formParts, partsOf, type NestPart } from "./encode-form.js";
import { knownFile } from "./file-input.js";
import type { FormField, FormOptions } from "./form-fields.js";
import { invalidValue } from "./invalid-value.js";
import { partHeaders } from "./part-headers.js";
import { describedPart, part } from "./part-input.js";

export function encodeMultipart(
  range: MediaType,
  shape: MultipartShape,
  value: unknown,
  options: FormOptions,
): EncodedMultipart {
  const nestPart: NestPart = (field) => nested(field, options);
  const subtype = isRange(range) ? "form-data" : range.subtype;
  const parts =
    shape.kind === "form-data"
      ? formParts(shape.form, membersOf(value), options, nestPart)
      : positionParts(shape.parts, itemsOf(value), nestPart, subtype === "form-data");
  return createMultipartEncoder({ subtype, parameters: parametersOf(subtype, parts) }).encode(
    parts,
  );
}

// RFC 2387 §3.1: what the root is, which is the first part.
function parametersOf(subtype: string, [root]: readonly PartToWrite[]): [string, string][] {
  const type = parseMediaType(root?.mediaType ?? "text/plain");
  return subtype === "related" && type ? [["type", essenceOf(type)]] : [];
}

function positionParts(
  { prefix, rest }: PositionPlan,
  items: readonly unknown[],
  nestPart: NestPart,
  form: boolean,
): PartToWrite[] {
  return items.map((item, position) => {
    const plan = prefix[position] ?? rest;
    const value = withOnlyHeaders(plan, item);
    const field = { name: String(position), plan, value, pointer: formatPointer([position]) };
    const [written] = plan.parts ? [nestPart(field)] : partsOf(field);
    if (!written) throw invalidValue(field.pointer, "The item is no part.");
    const own = { ...written, name: undefined, filename: knownFile(item)?.filename };
    return form ? namedByHeader(own) : own;
  });
}

// Headers that can have one value only need not be said.
function withOnlyHeaders({ headers }: PropertyPlan, item: unknown): unknown {
  const only = headers.flatMap((header): [string, unknown][] => {
    const value = onlyHeader(header);
    return value === undefined ? [] : [[header.name, value]];
  });
  if (only.length === 0) return item;
  const file = knownFile(item);
  if (file) return { ...file, headers: { ...Object.fromEntries(only), ...file.headers } };
  const { value, said } = describedPart(item);
  return part(value, { ...said, headers: { ...Object.fromEntries(only), ...said.headers } });
}

/** The one value that a header can have, if it can have no other. */
export function onlyHeader({ schema }: HeaderPlan): unknown {
  return schema["const"] ?? oneOf(schema["enum"]);
}

function oneOf(values: unknown): unknown {
  return Array.isArray(values) && values.length === 1 ? values[0] : undefined;
}

// In a form the name stands in a header, which is written with it (OAS 3.2 §4.14.5.3).
function namedByHeader(written: PartToWrite): PartToWrite {
  const headers = [...(written.headers ?? [])];
  const at = headers.findIndex(([name]) => name.toLowerCase() === "content-disposition");
  const [disposition] = at < 0 ? [] : headers.splice(at, 1);
  const parameters = parseContentDisposition(disposition?.[1] ?? "")?.parameters ?? [];
  return { ...written, name: parameters.find(([name]) => name === "name")?.[1], headers };
}

function nested({ plan, value, pointer }: FormField, options: FormOptions): PartToWrite {
  const [range] = parseMediaTypes(plan.contentTypes[0] ?? "");
  if (!plan.parts || !range) throw invalidValue(pointer, "The value is no multipart body.");
  const { value: inner, said } = describedPart(value);
  const headers = partHeaders(plan.headers, said.headers ?? {}, pointer);
  const { contentType, contentLength, body } = encodeMultipart(range, plan.parts, inner, options);
  return { mediaType: contentType, body, size: contentLength, headers };
}

function membersOf(value: unknown): Readonly<Record<string, unknown>> {
  if (isObject(value)) return value;
  throw invalidValue("", "The value of a form must be an object.");
}

function itemsOf(value: unknown): readonly unknown[] {
  if (Array.isArray(value)) return value;
  throw invalidValue("", "The value of a sequence of parts must be an array.");
}
