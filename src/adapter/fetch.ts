// The engine as a Web `fetch` handler: `(Request) => Promise<Response>`, on Web types only.
import type { HttpHandler, HttpRequest } from "../http/exchange.js";
import { createFetchBody, type FetchBody } from "./fetch-body.js";
import { webStream } from "./fetch-stream.js";
import {
  internalErrorPlan,
  isBodySource,
  planResponse,
  type ResponsePlan,
} from "./response-plan.js";

export type FetchHandler = (request: Request) => Promise<Response>;

/** Never rejects. What the handler does not read of a request is cancelled once the response is made. */
export function createFetchHandler(handler: HttpHandler): FetchHandler {
  return async (request) => {
    const body = createFetchBody(request);
    const plan = await answer(handler, request, body);
    body.release();
    return webResponse(plan);
  };
}

async function answer(
  handler: HttpHandler,
  request: Request,
  body: FetchBody,
): Promise<ResponsePlan> {
  try {
    return planResponse(request.method, await handler(fetchRequest(request, body)));
  } catch {
    return internalErrorPlan();
  }
}

function fetchRequest(request: Request, body: FetchBody): HttpRequest {
  const url = new URL(request.url);
  const headers: Record<string, string | undefined> = Object.create(null);
  for (const [name, value] of request.headers) headers[name] = value;
  return {
    method: request.method,
    target: url.pathname + url.search,
    scheme: url.protocol.slice(0, -1),
    authority: headers["host"] ?? url.host,
    headers,
    body,
    gone: () => request.signal,
  };
}

async function webResponse(plan: ResponsePlan): Promise<Response> {
  try {
    const headers = webHeaders(plan.headers);
    const { status, body } = plan;
    if (!isBodySource(body)) return new Response(bareBody(status, body), { status, headers });
    return new Response(await webStream(body), { status, headers });
  } catch {
    if (isBodySource(plan.body)) plan.body.cancel();
    const { status, headers, body } = internalErrorPlan();
    const text = typeof body === "string" ? body : null;
    return new Response(text, { status, headers: webHeaders(headers) });
  }
}

// Fetch §2.2.3: these take no body, not even an empty one.
function bareBody(
  status: number,
  body: string | Uint8Array | undefined,
): string | Uint8Array | null {
  const isBare = status === 204 || status === 205 || status === 304;
  return isBare || body === undefined ? null : body;
}

function webHeaders(plain: ResponsePlan["headers"]): Headers {
  const headers = new Headers();
  for (const [name, value] of Object.entries(plain)) {
    for (const each of typeof value === "string" ? [value] : value) headers.append(name, each);
  }
  return headers;
}
