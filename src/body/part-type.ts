// A part's own Content-Type beside the one that the Encoding Object says (OAS §4.8.15 `contentType`).
import { WaybillError } from "../base/fault.js";
import { covers, essenceOf, isRange, parseMediaTypes, type MediaType } from "../base/media-type.js";
import type { PropertyPlan } from "../plan/property-plan.js";
import type { BodyOptions } from "./body-context.js";
import { isConcrete } from "./field-reader.js";

/** What a part says of itself. */
export interface PartType {
  /** Undefined when it says none, or several. */
  readonly mediaType: MediaType | undefined;
  /** As it stands. */
  readonly said: string | undefined;
}

/**
 * The plan by which the part is read. Throws `part-type-not-allowed`. Octet-stream says nothing of a file,
 * a list or a wildcard nothing of anything.
 */
export function planByPartType(
  plan: PropertyPlan,
  part: PartType,
  options: Pick<BodyOptions, "untypedParts" | "mismatchedParts">,
): PropertyPlan {
  if (!plan.explicit) return plan;
  const { mediaType } = part;
  if (!mediaType || isRange(mediaType)) {
    if (part.said === undefined && options.untypedParts === "reject") throw notAllowed(plan, part);
    return plan;
  }
  if (plan.carried === "file" && !isConcrete(mediaType)) return plan;
  const allowed = plan.contentTypes.flatMap((type) => parseMediaTypes(type));
  if (allowed.some((range) => meets(range, mediaType))) return plan;
  if (options.mismatchedParts === "reject") throw notAllowed(plan, part);
  return asPartSays(plan, mediaType);
}

// As if the Encoding Object said nothing of the type: the part's own is what a file has to be.
function asPartSays(plan: PropertyPlan, mediaType: MediaType): PropertyPlan {
  const allowedTypes = [essenceOf(mediaType)];
  const file = plan.file && { ...plan.file, allowedTypes, image: mediaType.type === "image" };
  return { ...plan, explicit: false, file };
}

function notAllowed({ contentTypes }: PropertyPlan, { said }: PartType): WaybillError {
  const what = said === undefined ? "The part has no Content-Type" : `The part is ${said}`;
  const detail = `${what}, expected ${contentTypes.join(", ")}.`;
  return new WaybillError({ code: "part-type-not-allowed", detail });
}

// Parameters count where both say them: a part need not repeat `charset=utf-8`.
function meets(range: MediaType, part: MediaType): boolean {
  const shared = [...range.parameters].filter(([name]) => part.parameters.has(name));
  return covers({ ...range, parameters: new Map(shared) }, part);
}
