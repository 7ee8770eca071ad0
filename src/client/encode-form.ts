// Forms as the Encoding Object says (OAS §4.8.15): a part for each property or item, or name-value pairs.
import { WaybillError } from "../base/fault.js";
import { isObject } from "../base/json.js";
import { isRange, parseMediaTypes } from "../base/media-type.js";
import { createMultipartEncoder, type PartToWrite } from "../codec/multipart/multipart-encoder.js";
import type { FormPlan } from "../plan/media-type-plan.js";
import type { PropertyPlan } from "../plan/property-plan.js";
import type { EncodedBody } from "./encode-body.js";
import { encodedOctets } from "./encode-json.js";
import { encodeText } from "./encode-text.js";
import { knownFile, type KnownFile } from "./file-input.js";
import { formatXml } from "./format-xml.js";

type Members = Readonly<Record<string, unknown>>;

export function encodeForm(form: FormPlan, value: Members, subtype: string): EncodedBody {
  const parts = fieldsOf(form, value).flatMap(([name, plan, each]) => partsOf(name, plan, each));
  return createMultipartEncoder(
    subtype === "mixed" || subtype === "related" ? { subtype } : {},
  ).encode(parts);
}

/** Pairs by the serializer of the WHATWG URL Standard (§5.2). Files must be in memory. */
export function encodeUrlencoded(
  form: FormPlan,
  value: Members,
): { contentLength: number; body: AsyncIterable<Uint8Array> } {
  const pairs = fieldsOf(form, value).flatMap(([name, plan, each]) => pairsOf(name, plan, each));
  return encodeText(pairs.map(([name, text]) => `${percent(name)}=${text}`).join("&"));
}

/** One entry for each value that is sent: items of an array are values of their own; null and undefined are left out. */
function fieldsOf(form: FormPlan, value: Members): [string, PropertyPlan | undefined, unknown][] {
  return Object.entries(value).flatMap(([name, each]) => {
    const plan = form.properties.get(name) ?? form.additional;
    if (plan?.readOnly || each === undefined || each === null) return [];
    const spread = Array.isArray(each) && plan?.many !== "one" && !plan?.style;
    return (spread ? each : [each]).map((item): [string, PropertyPlan | undefined, unknown] => [
      name,
      plan,
      item,
    ]);
  });
}

function partsOf(name: string, plan: PropertyPlan | undefined, value: unknown): PartToWrite[] {
  const file = knownFile(value);
  if (file) return [filePart(name, plan, file)];
  if (plan?.style)
    return styled(name, plan, value).map(([field, text]) => ({ name: field, body: text }));
  const mediaType = plan?.explicit ? plan.contentTypes[0] : undefined;
  const own = mediaType === undefined ? {} : { mediaType };
  // A JSON part says so itself, and has no file name (RFC 7578 §4.4; see the Encoding Object's defaults).
  if (plan?.carried === "json" || (typeof value === "object" && plan?.carried !== "xml")) {
    return [{ name, mediaType: mediaType ?? "application/json", body: JSON.stringify(value) }];
  }
  if (plan?.carried === "xml" && plan.xml)
    return [{ name, mediaType: mediaType ?? "application/xml", body: formatXml(plan.xml, value) }];
  return [{ name, ...own, body: textOf(value) }];
}

function filePart(name: string, plan: PropertyPlan | undefined, file: KnownFile): PartToWrite {
  const mediaType = file.mediaType ?? onlyType(name, plan);
  const filename = file.filename ?? name;
  if (plan?.file?.encoding === undefined) {
    return { name, filename, mediaType, body: file.content, size: file.size };
  }
  return { name, filename, mediaType, body: encodedOctets(file, plan.file) };
}

// Of several types the caller must say which one it is (OAS 3.1.2 "Handling Multiple contentType Values").
function onlyType(name: string, plan: PropertyPlan | undefined): string {
  const types = plan?.contentTypes ?? [];
  const media = types.flatMap((type) => parseMediaTypes(type));
  const [first] = media;
  if (first && media.length === 1 && !isRange(first)) return types[0] ?? "application/octet-stream";
  if (!plan?.explicit) return "application/octet-stream";
  const detail = `Say the media type of the file: one of ${types.join(", ")}.`;
  throw new WaybillError({ code: "invalid-value", detail, pointer: `/${name}` });
}

function pairsOf(name: string, plan: PropertyPlan | undefined, value: unknown): [string, string][] {
  const file = knownFile(value);
  if (file) return [[name, percent(encodedNow(name, file))]];
  if (plan?.style) return styled(name, plan, value, percent);
  if (plan?.carried === "xml" && plan.xml) return [[name, percent(formatXml(plan.xml, value))]];
  const json = plan?.carried === "json" || typeof value === "object";
  return [[name, percent(json ? JSON.stringify(filesAsText(name, value)) : textOf(value))]];
}

function filesAsText(name: string, value: unknown): unknown {
  const file = knownFile(value);
  if (file) return encodedNow(name, file);
  if (Array.isArray(value)) return value.map((each) => filesAsText(name, each));
  if (!isObject(value) || "toJSON" in value) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, each]) => [key, filesAsText(name, each)]),
  );
}

function encodedNow(name: string, { content }: KnownFile): string {
  if (!(content instanceof Uint8Array)) {
    throw new WaybillError({
      code: "invalid-value",
      detail: "A file in a urlencoded body must be in memory.",
      pointer: `/${name}`,
    });
  }
  let binary = "";
  for (const byte of content) binary += String.fromCharCode(byte);
  return btoa(binary);
}

const delimiters = {
  form: [",", ","],
  spaceDelimited: [" ", "%20"],
  pipeDelimited: ["|", "%7C"],
  deepObject: [",", ","],
} as const;

// In form-data nothing is percent-encoded; in pairs the pieces are, and the delimiters between them are not (OAS Appendix C).
function styled(
  name: string,
  { style }: PropertyPlan,
  value: unknown,
  encode?: (text: string) => string,
): [string, string][] {
  if (!style) return [];
  const text = (each: unknown): string => (encode ? encode(textOf(each)) : textOf(each));
  const entries = isObject(value)
    ? Object.entries(value).filter(([, each]) => each !== undefined && each !== null)
    : [];
  if (style.kind === "object" && style.style === "deepObject")
    return entries.map(([key, each]) => [`${name}[${key}]`, text(each)]);
  if (style.kind === "object" && style.explode)
    return entries.map(([key, each]) => [key, text(each)]);
  const pieces = Array.isArray(value) ? value : entries.flat();
  if (pieces.length === 0) return []; // undefined to RFC 6570: left out
  if (style.kind === "array" && style.explode && style.style === "form")
    return pieces.map((each) => [name, text(each)]);
  return [[name, pieces.map(text).join(delimiters[style.style][encode ? 1 : 0])]];
}

function textOf(value: unknown): string {
  return typeof value === "object" && value !== null ? JSON.stringify(value) : String(value);
}

// application/x-www-form-urlencoded percent-encode set: alphanumerics and `*-._` stand for themselves.
function percent(text: string): string {
  return new URLSearchParams([["", text]]).toString().slice(1);
}
