// `X-HTTP-Method-Override` (tus 1.0 "Headers"): for clients that cannot send PATCH or DELETE. Of tus alone: elsewhere
// a method is what it says.
import type { HttpRequest } from "./exchange.js";

/** The request as it is meant; `isUpload` says of a method whether it is an operation on uploads there. */
export function withOverride(
  request: HttpRequest,
  isUpload: (method: string) => boolean,
): HttpRequest {
  const said = request.headers["x-http-method-override"]?.toUpperCase();
  if (said === undefined || request.headers["tus-resumable"] === undefined) return request;
  return isUpload(request.method) || isUpload(said) ? { ...request, method: said } : request;
}
