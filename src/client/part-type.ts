// Which media type a part is (OAS §4.8.15, "Handling Multiple contentType Values"): what the caller says, else the
// one that the document says. Contents are never looked at.
import {
  covers,
  essenceOf,
  formatMediaType,
  isRange,
  parseMediaType,
  parseMediaTypes,
  type MediaType,
} from "../base/media-type.js";
import type { PropertyPlan } from "../plan/property-plan.js";
import { invalidValue } from "./invalid-value.js";

/**
 * Throws `invalid-value` when the document has several types and the caller says none, and when he says one that
 * the document does not have. `plainest` is what to take of a range that covers it.
 */
export function partType(
  { contentTypes }: Pick<PropertyPlan, "contentTypes">,
  said: string | undefined,
  plainest: string,
  pointer: string,
): string {
  const allowed = contentTypes.flatMap((type) => parseMediaTypes(type));
  if (said !== undefined) return checked(allowed, said, pointer);
  const [first] = allowed;
  if (!first) return plainest;
  if (allowed.length === 1 && !isRange(first)) return formatMediaType(first);
  if (allowed.length === 1 && coversType(first, plainest)) return plainest;
  const names = allowed.map(formatMediaType).join(", ");
  throw invalidValue(pointer, `Say the media type: one of ${names}.`);
}

const octets = "application/octet-stream";

function checked(allowed: readonly MediaType[], said: string, pointer: string): string {
  const media = parseMediaType(said);
  if (!media) throw invalidValue(pointer, `${JSON.stringify(said)} is no media type.`);
  if (allowed.length === 0 || allowed.some((range) => meets(range, media))) return said;
  if (allowed.some((range) => essenceOf(range) === octets)) return octets; // which any file is
  const names = allowed.map(formatMediaType).join(", ");
  throw invalidValue(pointer, `The media type is ${said}, expected ${names}.`);
}

// `text/plain` is `text/plain; charset=utf-8` where nothing else is said.
function meets(range: MediaType, media: MediaType): boolean {
  const shared = [...range.parameters].filter(([name]) => media.parameters.has(name));
  return covers({ ...range, parameters: new Map(shared) }, media);
}

function coversType(range: MediaType, type: string): boolean {
  const media = parseMediaType(type);
  return media !== undefined && covers(range, media);
}
