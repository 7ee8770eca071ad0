// A Node request as the engine sees it.
import type { Readable } from "node:stream";
import type { HttpRequest, RequestBody } from "../http/exchange.js";
import { readTwice } from "./body-fault.js";
import { BodyPump } from "./body-pump.js";
import { isHttp2Request, type NodeRequest } from "./node-message.js";

/** `sendContinue` is given where the client awaits `100 Continue`; it is called at most once. */
export function nodeRequest(
  request: NodeRequest,
  sendContinue: (() => void) | undefined,
): HttpRequest {
  const { host, ...target } = splitTarget(request.url ?? "");
  const headers = plainFields(request.headers);
  const authority = isHttp2Request(request) ? request.authority : host;
  return {
    method: request.method ?? "",
    target: target.target,
    scheme: isEncrypted(request) ? "https" : "http",
    authority: authority || (headers.host ?? ""),
    headers,
    body: nodeBody(request, hasBody(request), sendContinue),
    trailers: () => plainFields(request.trailers),
  };
}

/** Where the octets of a request come from. The HTTP/2 stream itself, since its wrapper buffers once more. */
export function bodyStream(request: NodeRequest): Readable {
  return isHttp2Request(request) ? request.stream : request;
}

/** Does the message say that it has content? (RFC 9112 §6.3, RFC 9113 §8.1) */
export function hasBody(request: NodeRequest): boolean {
  const { "content-length": length, "transfer-encoding": coding } = request.headers;
  if (length !== undefined) return Number(length) > 0;
  return isHttp2Request(request) ? !request.stream.endAfterHeaders : coding !== undefined;
}

function nodeBody(
  request: NodeRequest,
  present: boolean,
  sendContinue: (() => void) | undefined,
): RequestBody {
  let isRead = false;
  return {
    present,
    async pump(write, pace) {
      if (!present) return;
      if (isRead) throw readTwice();
      isRead = true;
      sendContinue?.();
      await new BodyPump(bodyStream(request), write).run(pace);
    },
  };
}

// RFC 9112 §3.2.2: a server must take the absolute form, and its host before the Host field. What is of
// no form at all is passed on as it stands: it has no route.
function splitTarget(url: string): { target: string; host: string } {
  const scheme = url.startsWith("/") ? -1 : url.indexOf("://");
  if (scheme < 0) return { target: url, host: "" };
  const rest = url.slice(scheme + 3);
  const end = rest.search(/[/?#]/);
  const host = end < 0 ? rest : rest.slice(0, end);
  const path = end < 0 ? "" : rest.slice(end);
  return { target: path.startsWith("/") ? path : `/${path}`, host };
}

function plainFields(given: NodeRequest["headers"]): Record<string, string | undefined> {
  const headers: Record<string, string | undefined> = Object.create(null);
  for (const name in given) {
    const value = given[name];
    // Pseudo-header fields are no fields (RFC 9113 §8.3).
    if (name.startsWith(":")) continue;
    headers[name] = Array.isArray(value) ? value.join(", ") : value;
  }
  return headers;
}

function isEncrypted(request: NodeRequest): boolean {
  return "encrypted" in request.socket && request.socket.encrypted === true;
}
