// One request of a batch as if it had come by itself: its own message, with the credentials of the one around it.
import type { EmbeddedRequest } from "../body/embedded-requests.js";
import type { HttpRequest, RequestBody } from "./exchange.js";

/** Fields that are about one message; all others say who asks, and how, and are those of the request around it. */
const ofMessage =
  /^(content-|if-|accept|want-|repr-digest$|digest$|expect$|range$|transfer-|te$|trailer$|idempotency-key$)/;

export function embeddedRequest(
  outer: HttpRequest,
  { method, target, headers: own }: Pick<EmbeddedRequest, "method" | "target" | "headers">,
  body: RequestBody,
): HttpRequest {
  const headers: Record<string, string | undefined> = {};
  for (const [name, value] of Object.entries(outer.headers))
    if (!ofMessage.test(name)) headers[name] = value;
  for (const [name, value] of Object.entries(own))
    if (ofMessage.test(name) && name !== "idempotency-key") headers[name] = value;
  const { scheme, authority, gone } = outer;
  return { method, target, scheme, authority, headers, body, ...(gone ? { gone } : {}) };
}
