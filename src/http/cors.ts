// Cross-origin requests (Fetch §3.2): which origins' pages may send requests here and read the answers. Knows no
// operations: what a path allows, its own OPTIONS says.
import type { HttpHandler, HttpRequest, HttpResponse } from "./exchange.js";

export interface Cors {
  /** As `Origin` has them, e.g. `https://app.example.com`; `*` for all. */
  readonly origins: readonly string[];
  /** May pages send cookies, and the like? */
  readonly credentials: boolean;
  /** How long a browser may remember what it was told. */
  readonly maxAgeS: number;
}

type Headers = HttpResponse["headers"];

export function withCors(handler: HttpHandler, cors: Cors): HttpHandler {
  return async (request) => {
    const shared = sharedHeaders(request, cors);
    if (isPreflight(request)) return answerPreflight(handler, request, { ...cors, shared });
    const response = await handler(request);
    const readable = "access-control-allow-origin" in shared ? exposed(response.headers) : {};
    return { ...response, headers: merged(response.headers, { ...shared, ...readable }) };
  };
}

function sharedHeaders({ headers }: HttpRequest, { origins, credentials }: Cors): Headers {
  const origin = headers["origin"];
  if (origins.includes("*")) return { "access-control-allow-origin": "*" };
  if (origin === undefined || !origins.includes(origin)) return { vary: "origin" };
  const allowed = { "access-control-allow-origin": origin, vary: "origin" };
  return credentials ? { ...allowed, "access-control-allow-credentials": "true" } : allowed;
}

// Fetch §4.8: an OPTIONS that names a method; any other is a request like all.
function isPreflight({ method, headers }: HttpRequest): boolean {
  return method === "OPTIONS" && headers["access-control-request-method"] !== undefined;
}

async function answerPreflight(
  handler: HttpHandler,
  request: HttpRequest,
  { shared, maxAgeS }: Cors & { readonly shared: Headers },
): Promise<HttpResponse> {
  const response = await handler(request);
  if (!("access-control-allow-origin" in shared))
    return { ...response, headers: merged(response.headers, shared) };
  const { allow = request.headers["access-control-request-method"] ?? "" } = response.headers;
  const wanted = request.headers["access-control-request-headers"];
  const allowed = {
    "access-control-allow-methods": allow,
    // Which fields mean something, each operation says when it is asked.
    ...(wanted === undefined ? {} : { "access-control-allow-headers": wanted }),
    "access-control-max-age": String(maxAgeS),
  };
  return { ...response, headers: merged(response.headers, { ...shared, ...allowed }) };
}

// Whatever stands in the answer, its reader may know: Location, Upload-Offset, ETag, Link, …
function exposed(headers: Headers): Headers {
  const names = Object.keys(headers).filter((name) => name !== "set-cookie");
  return names.length === 0 ? {} : { "access-control-expose-headers": names.join(", ") };
}

function merged(headers: Headers, more: Headers): Headers {
  const { vary } = headers;
  if (vary === undefined || more["vary"] === undefined) return { ...headers, ...more };
  return { ...headers, ...more, vary: [vary, more["vary"]].flat().join(", ") };
}
