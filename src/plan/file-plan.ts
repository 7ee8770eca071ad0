// Which schemas are files. The schema decides, never the presence of a file name.
import {
  covers,
  essenceOf,
  formatMediaType,
  isJson,
  isXml,
  parseMediaType,
  parseMediaTypes,
  type MediaType,
} from "../base/media-type.js";
import type { SchemaView } from "../openapi/schema.js";
import type { VersionRules } from "../openapi/versions.js";

/** A file as one place of a body carries it. */
export interface FilePlan {
  /** `contentEncoding` in lower case; undefined for raw octets. */
  readonly encoding: string | undefined;
  /** Media types or ranges that the document allows; empty for any. */
  readonly allowedTypes: readonly string[];
  /** From `maxLength` on raw octets (OAS §4.8.24 "Working with Binary Data": counts octets). */
  readonly bytesMax: number | undefined;
  /** From `maxLength` on encoded text: counts its characters. */
  readonly textBytesMax: number | undefined;
  /** Every allowed type is an image, so the bytes must decode as one. */
  readonly image: boolean;
  /** `x-file-url: reference`: one that is named by its URL stays there, and is not brought here. */
  readonly byReference?: boolean;
}

/** Where a schema stands: in JSON a file can only be text, in a part or a raw body it may be octets. */
export type Place = "json" | "part";

/** The encodings of RFC 4648, and quoted-printable of RFC 2045 §6.7. */
export const textEncodings: ReadonlySet<string> = new Set([
  "base64",
  "base64url",
  "base32",
  "base32hex",
  "base16",
  "quoted-printable",
]);
/** `contentEncoding: binary` and its like mean octets as they are. */
export const identityEncodings: ReadonlySet<string> = new Set([
  "binary",
  "8bit",
  "7bit",
  "identity",
]);

/** Annotations that leave a schema as open as `{}`. */
const openKeywords = new Set([
  "title",
  "description",
  "contentMediaType",
  "contentEncoding",
  "format",
  "maxLength",
  "minLength",
  "example",
  "examples",
  "default",
  "deprecated",
  "readOnly",
  "writeOnly",
  "nullable",
  "$comment",
  "$ref",
  "allOf",
  "externalDocs",
  "xml",
  "not",
  "if",
  "then",
  "else",
]);

/** Assertions that mean nothing to octets: beside a media type of files they do not make a value of one. */
const assertions = new Set([
  "pattern",
  "enum",
  "const",
  "minimum",
  "maximum",
  "exclusiveMinimum",
  "exclusiveMaximum",
  "multipleOf",
]);

/** The file that the schema describes at this place, or undefined when it describes a value. */
export function filePlanOf(
  rules: VersionRules,
  view: SchemaView,
  place: Place,
  contentType?: string,
): FilePlan | undefined {
  if (view.types && !view.types.has("string")) return undefined;
  const encoding = encodingOf(rules, view);
  const allowed = parseMediaTypes(contentType ?? view.contentMediaType ?? "");
  const listed = view.enum !== undefined || view.keywords.has("const");
  if (listed && !saysRaw(rules, view, allowed)) return undefined;
  if (encoding === undefined && !isRaw(rules, view, place, allowed.map(formatMediaType))) {
    return undefined;
  }
  // In JSON there are no raw octets: what is described as such comes as base64.
  const carriedAs = encoding ?? (place === "json" ? "base64" : undefined);
  const open = allowed.some((type) => type.type === "*" || essenceOf(type) === octets);
  const text = carriedAs !== undefined && encoding !== undefined;
  return {
    encoding: carriedAs,
    allowedTypes: open ? [] : allowed.map(essenceOf),
    bytesMax: text ? undefined : view.maxLength,
    textBytesMax: text ? view.maxLength : undefined,
    image: !open && allowed.length > 0 && allowed.every(({ type }) => type === "image"),
    ...(view.fileUrl === "reference" ? { byReference: true } : {}),
  };
}

const octets = "application/octet-stream";

function encodingOf(rules: VersionRules, view: SchemaView): string | undefined {
  if (view.format !== undefined && rules.base64Formats.includes(view.format)) return "base64";
  const encoding = view.contentEncoding?.toLowerCase();
  return encoding !== undefined && textEncodings.has(encoding) ? encoding : undefined;
}

function isRaw(
  rules: VersionRules,
  view: SchemaView,
  place: Place,
  allowed: readonly string[],
): boolean {
  if (isMarkedRaw(rules, view)) return true;
  if (allowed.length > 0 && allowed.every(isBinaryType))
    return !isStructured(view, isAssertion(view));
  // A schema without `type` but with a media type is how 3.1 says "a file" (Working with Binary Data).
  if (rules.untypedIsBinary && isUntypedFile(view)) return !isStructured(view);
  // `{}` in a part is octets (OAS 3.1 Encoding Object, default contentType); in JSON it is any value.
  if (place === "json" || !rules.untypedIsBinary || view.types) return false;
  return !isStructured(view) && !allowed.some((type) => !isBinaryType(type));
}

/** `format: binary`, or an encoding that is none. */
function isMarkedRaw(rules: VersionRules, { format, contentEncoding }: SchemaView): boolean {
  if (format !== undefined && rules.binaryFormats.includes(format)) return true;
  return identityEncodings.has(contentEncoding?.toLowerCase() ?? "");
}

/** So a list of values beside it can only be a mistake: no JSON value equals octets. */
function saysRaw(rules: VersionRules, view: SchemaView, allowed: readonly MediaType[]): boolean {
  if (encodingOf(rules, view) !== undefined) return false;
  const binary = allowed.length > 0 && allowed.every((type) => isBinaryType(formatMediaType(type)));
  return isMarkedRaw(rules, view) || binary;
}

// The schema's own media type speaks for all that stands beside it, branches as well.
function isAssertion({ contentMediaType }: SchemaView): (keyword: string) => boolean {
  return (keyword) =>
    assertions.has(keyword) ||
    (contentMediaType !== undefined && (keyword === "anyOf" || keyword === "oneOf"));
}

function isUntypedFile({ types, contentMediaType }: SchemaView): boolean {
  if (types || contentMediaType === undefined) return false;
  const media = parseMediaTypes(contentMediaType);
  return media.length > 0 && media.every((each) => !isJson(each) && !isXml(each));
}

function isStructured(
  view: SchemaView,
  isOpen: (keyword: string) => boolean = () => false,
): boolean {
  if (view.types) return !view.types.has("string");
  return [...view.keywords].some(
    (keyword) => !openKeywords.has(keyword) && !keyword.startsWith("x-") && !isOpen(keyword),
  );
}

/** Neither text nor JSON nor XML: such a value cannot be handed on as a string. */
export function isBinaryType(mediaType: string): boolean {
  const media = parseMediaType(mediaType);
  if (!media) return true;
  return (
    media.type !== "text" &&
    !isJson(media) &&
    !isXml(media) &&
    !formTypes.some((t) => covers(t, media))
  );
}

const formTypes = parseMediaTypes(
  "application/x-www-form-urlencoded, application/yaml, application/javascript",
);
