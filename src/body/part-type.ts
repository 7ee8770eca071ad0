// A part's own Content-Type beside the one that the Encoding Object says (OAS §4.8.15 `contentType`).
import { WaybillError } from "../base/fault.js";
import { covers, isRange, parseMediaTypes, type MediaType } from "../base/media-type.js";
import type { PropertyPlan } from "../plan/property-plan.js";
import { isConcrete } from "./field-reader.js";

/**
 * The plan by which the part is read. Throws `part-type-not-allowed`. Octet-stream says nothing of a file,
 * a list or a wildcard nothing of anything.
 */
export function planByPartType(
  plan: PropertyPlan,
  mediaType: MediaType | undefined,
  said: string | undefined,
): PropertyPlan {
  if (!plan.explicit || !mediaType || isRange(mediaType)) return plan;
  if (plan.carried === "file" && !isConcrete(mediaType)) return plan;
  const allowed = plan.contentTypes.flatMap((type) => parseMediaTypes(type));
  if (allowed.some((range) => meets(range, mediaType))) return plan;
  const detail = `The part is ${said ?? "untyped"}, expected ${plan.contentTypes.join(", ")}.`;
  throw new WaybillError({ code: "part-type-not-allowed", detail });
}

// Parameters count where both say them: a part need not repeat `charset=utf-8`.
function meets(range: MediaType, part: MediaType): boolean {
  const shared = [...range.parameters].filter(([name]) => part.parameters.has(name));
  return covers({ ...range, parameters: new Map(shared) }, part);
}
