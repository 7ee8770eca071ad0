// Whatever was thrown, as faults and the headers of its answer: what nobody foresaw is this side's own.
import { isWaybillError, WaybillError } from "../base/fault.js";
import type { OperationPlan } from "../plan/plan.js";
import type { HttpRequest } from "./exchange.js";
import { ietfFailureHeaders } from "./ietf-fields.js";
import { acceptHeaders } from "./negotiate.js";
import { tusFailureHeaders } from "./tus.js";

export function failureOf(error: unknown): WaybillError {
  if (isWaybillError(error)) return error;
  return new WaybillError(
    { code: "internal", detail: "Something went wrong on this side." },
    { cause: error },
  );
}

export function failureHeaders(
  failure: WaybillError,
  operation: OperationPlan | undefined,
): Record<string, string> {
  if (failure.code === "unauthorized")
    return { "www-authenticate": operation?.challenges.join(", ") ?? "Bearer" };
  if (failure.code === "unavailable") return { "retry-after": "5" };
  if (failure.code === "request-in-progress") return { "retry-after": "1" };
  return operation ? acceptHeaders(failure, operation) : {};
}

/** Something on this side, which somebody there must see. */
export function isOurs({ code }: WaybillError): boolean {
  return code === "internal" || code === "unavailable" || code === "insufficient-storage";
}

export function uploadFailureHeaders(
  request: HttpRequest,
  failure: WaybillError,
  plan: OperationPlan | undefined,
): Record<string, string> {
  const isUpload = plan !== undefined && /-upload$|^(put|add)-file$/.test(plan.act.kind);
  const ietf = isUpload ? ietfFailureHeaders(request, failure) : {};
  return { ...ietf, ...tusFailureHeaders(request) };
}
