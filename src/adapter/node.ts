// The engine under node:http, node:http2 and their TLS kinds. Shape only: no routes, no problems.
import type { HttpHandler, HttpResponse } from "../http/exchange.js";
import type { NodeRequest, NodeResponse } from "./node-message.js";
import { nodeInform } from "./node-inform.js";
import { nodeRequest } from "./node-request.js";
import { sendResponse, type NodeExchange, type SendBounds } from "./node-response.js";
import { internalErrorPlan, planResponse, type ResponsePlan } from "./response-plan.js";

export type NodeListenerOptions = Partial<SendBounds>;

/** Listeners for the server's events of these names. Neither throws, nor leaves a promise unhandled. */
export interface NodeListener {
  request(request: NodeRequest, response: NodeResponse): void;
  /** Without it, Node itself sends every `100 Continue`, wanted or not. */
  checkContinue(request: NodeRequest, response: NodeResponse): void;
}

const defaults: SendBounds = {
  // Generous, since many clients look for an answer only when they have sent everything.
  drainBytesMax: 256 * 1024 * 1024,
  drainMsMax: 2000,
  stallMsMax: 60_000,
};

/**
 * `drainBytesMax` and `drainMsMax` bound what is read of a request that was answered early, so that the
 * answer reaches its client; `stallMsMax` is how long a client may take nothing of a response.
 */
export function createNodeListener(
  handler: HttpHandler,
  options: NodeListenerOptions = {},
): NodeListener {
  const bounds = { ...defaults, ...options };
  const serve = (request: NodeRequest, response: NodeResponse, isAwaitingContinue: boolean) => {
    const exchange = { request, response, isAwaitingContinue, isGone: false };
    watchEnds(exchange);
    void answer(handler, exchange).then((plan) => sendResponse(exchange, plan, bounds));
  };
  return {
    request: (request, response) => serve(request, response, false),
    checkContinue: (request, response) => serve(request, response, true),
  };
}

// An 'error' without a listener would end the process. What it means for the body, its reader learns.
function watchEnds(exchange: NodeExchange): void {
  exchange.request.on("error", () => undefined);
  exchange.response.on("error", () => undefined);
  exchange.response.on("close", () => void (exchange.isGone = true));
}

// Made when somebody asks for it: most requests are over before anybody could leave.
function goneSignal(exchange: NodeExchange): () => AbortSignal {
  let controller: AbortController | undefined;
  return () => {
    if (controller) return controller.signal;
    const made = new AbortController();
    controller = made;
    if (exchange.isGone) made.abort();
    else exchange.response.once("close", () => made.abort());
    return made.signal;
  };
}

async function answer(handler: HttpHandler, exchange: NodeExchange): Promise<ResponsePlan> {
  const { request, response } = exchange;
  const sendContinue = (): void => {
    exchange.isAwaitingContinue = false;
    response.writeContinue();
  };
  try {
    const given = nodeRequest(request, exchange.isAwaitingContinue ? sendContinue : undefined);
    const inform = nodeInform(request, response);
    const made: HttpResponse = await handler({
      ...given,
      gone: goneSignal(exchange),
      ...(inform ? { inform } : {}),
    });
    return planResponse(given.method, made);
  } catch {
    return internalErrorPlan();
  }
}
