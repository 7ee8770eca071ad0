// Interim responses over node:http and node:http2, for which Node has methods for some statuses only.
import { validateHeaderValue } from "node:http";
import type { Inform } from "../http/exchange.js";
import { isHttp2Response, type NodeRequest, type NodeResponse } from "./node-message.js";

/** Undefined for HTTP/1.0, which has none (RFC 9110 §15.2). */
export function nodeInform(request: NodeRequest, response: NodeResponse): Inform | undefined {
  if (request.httpVersionMajor === 1 && request.httpVersionMinor === 0) return undefined;
  return (status, reason, headers) => {
    for (const [name, value] of Object.entries(headers)) validateHeaderValue(name, value);
    if (response.headersSent) return;
    if (isHttp2Response(response)) {
      if (!response.stream.destroyed)
        response.stream.additionalHeaders({ ":status": status, ...headers });
      return;
    }
    // A response has no socket while those to earlier requests of its connection have it.
    const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
    response.socket?.write(`HTTP/1.1 ${status} ${reason}\r\n${lines.join("")}\r\n`);
  };
}
