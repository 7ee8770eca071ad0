// What of a response goes over the wire, for any adapter: HEAD, bodiless statuses, Content-Length.
import type { HttpResponse } from "../http/exchange.js";
import { createBodySource, type BodySource } from "./body-source.js";

export interface ResponsePlan {
  readonly status: number;
  readonly headers: Record<string, string | string[]>;
  /** Undefined for none at all. */
  readonly body: string | Uint8Array | BodySource | undefined;
}

/** RFC 9110 §9.3.2, §8.6, §15.3.5, §15.4.5. A stream that is not to be sent is cancelled. */
export function planResponse(method: string, response: HttpResponse): ResponsePlan {
  const { status, body } = response;
  const headers: Record<string, string | string[]> = {};
  for (const [name, value] of Object.entries(response.headers)) {
    headers[name] = typeof value === "string" ? value : [...value];
  }
  const isBare = status === 204 || status === 304 || status < 200;
  const size = bodySize(body);
  if (size !== undefined && !isBare) headers["content-length"] = String(size);
  else if (body === undefined && !isBare && method !== "HEAD") headers["content-length"] = "0";
  if (body === undefined) return { status, headers, body };

  const content = isStream(body) ? createBodySource(body, declaredSize(headers)) : body;
  if (!isBare && method !== "HEAD") return { status, headers, body: content };
  if (isBodySource(content)) content.cancel();
  return { status, headers, body: undefined };
}

/** When something went wrong that the engine knows nothing of. */
export function internalErrorPlan(): ResponsePlan {
  const problem = { type: "about:blank", title: "Internal Server Error", status: 500 };
  const headers = { "content-type": "application/problem+json" };
  return planResponse("GET", { status: 500, headers, body: JSON.stringify(problem) });
}

export function isBodySource(body: ResponsePlan["body"]): body is BodySource {
  return typeof body === "object" && "next" in body;
}

function isStream(
  body: string | Uint8Array | AsyncIterable<Uint8Array>,
): body is AsyncIterable<Uint8Array> {
  return typeof body === "object" && !(body instanceof Uint8Array);
}

function bodySize(body: HttpResponse["body"]): number | undefined {
  if (typeof body === "string") return Buffer.byteLength(body);
  return body instanceof Uint8Array ? body.length : undefined;
}

function declaredSize(headers: ResponsePlan["headers"]): number | undefined {
  const field = headers["content-length"];
  return typeof field === "string" ? Number(field) : undefined;
}
