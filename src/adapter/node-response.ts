// Sends a response over node:http or node:http2: back-pressure, clients that leave or do not read, bodies
// that fail on the way, and answers given before the request was read.
import { validateHeaderValue } from "node:http";
import type { NodeRequest, NodeResponse } from "./node-message.js";
import { isHttp2Request, isHttp2Response } from "./node-message.js";
import { createBodySource, type BodySource } from "./body-source.js";
import { hasBody } from "./node-request.js";
import { watchPace } from "./pace-watch.js";
import { internalErrorPlan, isBodySource, type ResponsePlan } from "./response-plan.js";
import { drainBody, type DrainBounds } from "./unread-body.js";

export interface NodeExchange {
  readonly request: NodeRequest;
  readonly response: NodeResponse;
  /** The client awaits `100 Continue` and has not got it. */
  isAwaitingContinue: boolean;
  /** Nobody is there to read the answer. */
  isGone: boolean;
}

export interface SendBounds extends DrainBounds {
  /** A client that takes nothing of a response for so long is cut off. */
  readonly stallMsMax: number;
}

/** Below the buffer of a socket, which takes a whole one at once. */
const pieceBytes = 64 * 1024;

/** RFC 9113 §8.2.2: not in HTTP/2. */
const connectionFields: ReadonlySet<string> = new Set([
  "connection",
  "keep-alive",
  "proxy-connection",
  "transfer-encoding",
  "upgrade",
]);

/** Never rejects. What fails before the first octet becomes a 500; what fails later breaks the stream off. */
export async function sendResponse(
  exchange: NodeExchange,
  plan: ResponsePlan,
  bounds: SendBounds,
): Promise<void> {
  const { response } = exchange;
  try {
    await send(exchange, plan, bounds);
  } catch (error) {
    if (isBodySource(plan.body)) plan.body.cancel();
    if (response.headersSent) breakOff(response, error);
    else await send(exchange, internalErrorPlan(), bounds).catch(() => breakOff(response, error));
  }
}

async function send(exchange: NodeExchange, plan: ResponsePlan, bounds: SendBounds): Promise<void> {
  const { response } = exchange;
  const body = inPieces(plan.body);
  if (isBodySource(body)) response.once("close", body.cancel);
  // Before the head, so that a body which cannot even begin is an honest 500.
  const first = isBodySource(body) ? await body.next() : body;
  if (exchange.isGone) {
    if (isBodySource(body)) body.cancel();
    return;
  }
  // What came in one packet with the head is parsed only after this tick.
  if (isUnread(exchange)) await new Promise((resolve) => setImmediate(resolve));
  const drained = writeHead(exchange, plan, bounds);
  if (!drained && !isBodySource(body)) {
    finish(exchange, body, bounds);
    return;
  }
  if ((first === undefined || first.length === 0) && !isHttp2Response(response))
    response.flushHeaders();
  const watch = watchClient(exchange, bounds);
  try {
    await watch.write(first);
    if (isBodySource(body)) await writeRest(exchange, body, watch);
  } finally {
    watch.stop();
  }
  await drained;
  finish(exchange, undefined, bounds);
}

// Of a long one that is written at once, nobody could tell how much of it the client has taken.
function inPieces(body: ResponsePlan["body"]): ResponsePlan["body"] {
  if (body === undefined || isBodySource(body) || body.length <= pieceBytes) return body;
  const bytes = typeof body === "string" ? Buffer.from(body) : body;
  return createBodySource(piecesOf(bytes), bytes.length);
}

async function* piecesOf(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  for (let from = 0; from < bytes.length; from += pieceBytes)
    yield bytes.subarray(from, from + pieceBytes);
}

// A promise where octets of the request are still to be drained before the response may end.
function writeHead(
  exchange: NodeExchange,
  { status, headers }: ResponsePlan,
  bounds: SendBounds,
): Promise<void> | undefined {
  const { request, response } = exchange;
  if (isHttp2Response(response)) {
    for (const name of connectionFields) delete headers[name];
    checkFields(headers);
    if (hasBody(request)) response.stream.once("finish", () => void stopSending(request, bounds));
    response.writeHead(status, headers);
    return undefined;
  }
  if (!isUnread(exchange)) {
    response.writeHead(status, headers);
    return undefined;
  }
  response.writeHead(status, { ...headers, connection: "close" });
  // RFC 9110 §10.1.1: who still waits for 100 has sent nothing yet.
  const mayBeSending = !exchange.isAwaitingContinue || request.readableLength > 0;
  return mayBeSending ? drainBody(request, bounds) : undefined;
}

// Octets of this request are still to come, and stand between this response and the next request.
function isUnread({ request }: NodeExchange): boolean {
  return !isHttp2Request(request) && hasBody(request) && !request.complete;
}

// node:http refuses these itself; node:http2 sends the response without them.
function checkFields(headers: ResponsePlan["headers"]): void {
  for (const name in headers) {
    for (const value of [headers[name] ?? ""].flat()) validateHeaderValue(name, value);
  }
}

// RFC 9113 §8.1: after a complete response, NO_ERROR asks the client to stop without an error. But there
// are clients that give up a request on any reset, with the answer unread (curl 7.88), while at the answer
// alone they would stop by themselves: so the reset waits as long as the draining may last.
async function stopSending(request: NodeRequest, bounds: DrainBounds): Promise<void> {
  if (!isHttp2Request(request) || request.stream.readableEnded) return;
  const { stream } = request;
  await drainBody(request, bounds);
  // What is buffered unread would keep a closed stream alive.
  stream.resume();
  stream.close();
}

async function writeRest(
  exchange: NodeExchange,
  source: BodySource,
  watch: ClientWatch,
): Promise<void> {
  for (;;) {
    const chunk = await source.next();
    if (!chunk || exchange.isGone) return;
    await watch.write(chunk);
  }
}

function write(
  { response, isGone }: NodeExchange,
  chunk: string | Uint8Array,
): Promise<void> | void {
  if (isGone || chunk.length === 0 || writeOnce(response, chunk)) return;
  return new Promise((resolve) => {
    const done = (): void => {
      response.off("drain", done);
      response.off("close", done);
      resolve();
    };
    response.on("drain", done);
    response.on("close", done);
  });
}

// The two classes have overloads of their own, which a union cannot call together.
function writeOnce(response: NodeResponse, chunk: string | Uint8Array): boolean {
  return isHttp2Response(response) ? response.write(chunk) : response.write(chunk);
}

function finish(
  exchange: NodeExchange,
  body: string | Uint8Array | undefined,
  bounds: SendBounds,
): void {
  const { response } = exchange;
  end(response, body);
  // Mostly the system has taken it all by now.
  if (response.writableLength === 0 || exchange.isGone) return;
  const watch = watchClient(exchange, bounds);
  watch.await();
  response.once("finish", watch.stop);
  response.once("close", watch.stop);
}

function end(response: NodeResponse, body: string | Uint8Array | undefined): void {
  if (body === undefined) response.end();
  else if (isHttp2Response(response)) response.end(body);
  else response.end(body);
}

/** Cuts off a client that takes nothing while it is awaited. */
interface ClientWatch {
  write(chunk: string | Uint8Array | undefined): Promise<void>;
  /** From here on, all is up to the client. */
  await(): void;
  stop(): void;
}

function watchClient(exchange: NodeExchange, { stallMsMax }: SendBounds): ClientWatch {
  const { response } = exchange;
  let isAwaited = false;
  const pace = { idleMsMax: stallMsMax, bytesPerSecondMin: 0 };
  // In HTTP/1.1, a response has no socket while those to earlier requests have it.
  const isHeld = (): boolean => !isAwaited || !response.socket;
  const watch = watchPace(pace, isHeld, () => breakOff(response, undefined));
  return {
    async write(chunk) {
      if (chunk === undefined) return;
      watch.count(chunk.length);
      isAwaited = true;
      await write(exchange, chunk);
      isAwaited = false;
    },
    await: () => void (isAwaited = true),
    stop: watch.stop,
  };
}

// Never a truncated success: HTTP/1.1 loses its connection, HTTP/2 its stream, before the end is marked.
function breakOff(response: NodeResponse, error: unknown): void {
  if (!isHttp2Response(response)) response.destroy(error instanceof Error ? error : undefined);
  else response.stream.destroy(error instanceof Error ? error : new Error("The client stalled."));
}
