// Request Body Object (OAS §4.8.13): whether there must be a body, and what it may be.
import { objectOr } from "../base/json.js";
import { covers, specificity, type MediaType } from "../base/media-type.js";
import type { Operation } from "../openapi/operation.js";
import type { Compiler } from "./compiler.js";
import { mediaTypePlanOf, type MediaTypePlan } from "./media-type-plan.js";

export interface BodyPlan {
  readonly required: boolean;
  /** In the document's order. */
  readonly media: readonly MediaTypePlan[];
}

/** Undefined when the operation has no request body, or one that is to be ignored. */
export function bodyPlanOf(compiler: Compiler, operation: Operation): BodyPlan | undefined {
  const { rules } = compiler.document;
  const isIgnored = isWithoutMeaning(operation) && !rules.bodyOnEveryMethod;
  if (operation.node["requestBody"] === undefined || isIgnored) return undefined;
  const node = objectOr(compiler.document.resolve(operation.node["requestBody"]).node);
  if (hasNoContent(node)) return undefined;
  const content = Object.entries(objectOr(node["content"]));
  return Object.freeze({
    required: node["required"] === true,
    media: content.flatMap(([key, media]) => mediaTypePlanOf(compiler, key, media) ?? []),
  });
}

/** RFC 9110 §9.3 gives it none in these methods. */
export function isWithoutMeaning({ method }: Operation): boolean {
  return method === "GET" || method === "HEAD" || method === "DELETE";
}

// OAS 3.1.1: what an empty map means is left to tools; here, that there is nothing to be read.
export function hasNoContent(requestBody: Readonly<Record<string, unknown>>): boolean {
  return Object.keys(objectOr(requestBody["content"])).length === 0;
}

/** The most specific key that covers the request's Content-Type, if any. */
export function chooseMediaType(plan: BodyPlan, contentType: MediaType): MediaTypePlan | undefined {
  let best: MediaTypePlan | undefined;
  for (const each of plan.media) {
    if (!covers(each.range, contentType)) continue;
    if (!best || specificity(each.range) > specificity(best.range)) best = each;
  }
  return best;
}

/** For a body without Content-Type (RFC 9110 §8.3): the raw one, if the operation has one. */
export function untypedMediaType(plan: BodyPlan): MediaTypePlan | undefined {
  return plan.media.find(({ body }) => body.kind === "raw");
}
