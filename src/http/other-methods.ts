// What a path answers to methods that are none of its operations: OPTIONS, 405 and 404.
import { isWaybillError, WaybillError } from "../base/fault.js";
import type { Limits } from "../base/limits.js";
import type { OperationPlan } from "../plan/plan.js";
import type { Uploads } from "../upload/uploads.js";
import type { HttpRequest, HttpResponse } from "./exchange.js";
import { limitFields } from "./ietf-fields.js";
import { isTarget } from "./ietf-target.js";
import { acceptByMethod } from "./negotiate.js";
import { problemResponse } from "./problem.js";
import type { RouteMatch } from "./router.js";
import { tusFailureHeaders, tusOptions } from "./tus.js";

/** `plans` are the operations on the path. */
export function optionsOf(
  plans: readonly OperationPlan[],
  methods: readonly string[],
  { limits, uploads }: { readonly limits: Limits; readonly uploads: Uploads | undefined },
): HttpResponse {
  const isUpload = plans.some(({ act }) => act.kind.endsWith("-upload"));
  const headers = Object.assign(
    { allow: allowField(methods) },
    ...plans.map((each) => saidOf(each, uploads)),
    isUpload ? tusOptions(limits.fileBytesMax) : {},
  );
  return { status: 204, headers };
}

// What is wrong in the document for one operation is no reason not to name the others.
function saidOf(plan: OperationPlan, uploads: Uploads | undefined): Record<string, string> {
  try {
    const accepted = plan.body ? acceptByMethod(plan.operation.method, plan.body) : {};
    const isResumed = plan.act.kind === "stage-upload" || isTarget(plan);
    return uploads && isResumed ? { ...accepted, ...limitFields(uploads.resumable) } : accepted;
  } catch (error) {
    if (!isWaybillError(error)) throw error;
    return {};
  }
}

function allowField(methods: readonly string[]): string {
  return [...new Set([...methods, "OPTIONS"])].join(", ");
}

export function unmatched(
  request: HttpRequest,
  match: Exclude<RouteMatch<unknown>, { kind: "match" }>,
  requestId: string,
): HttpResponse {
  // tus 1.0 "Tus-Resumable": in every response to whoever speaks it.
  const tus = tusFailureHeaders(request);
  if (match.kind !== "method") {
    const detail = "No operation of this API has this path.";
    return problemResponse(new WaybillError({ code: "unknown-path", detail }), tus, requestId);
  }
  const allow = allowField(match.allow);
  const detail = `${request.method} is not one of the methods of this path: ${allow}.`;
  return problemResponse(
    new WaybillError({ code: "method-not-allowed", detail }),
    { allow, ...tus },
    requestId,
  );
}
