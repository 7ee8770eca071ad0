// The answer to octets that are no HTTP/1.1 request, written straight into the connection.
import type { Socket } from "node:net";

/** Ends the connection, with an answer unless another `hasBegun` on it. */
export function refuseMalformed(error: Error, socket: Socket, hasBegun: boolean): void {
  const code = "code" in error ? error.code : undefined;
  if (hasBegun || !socket.writable || code === "ECONNRESET") {
    socket.destroy();
    return;
  }
  const [status, title] = statusOf(code);
  const body = JSON.stringify({ type: "about:blank", title, status });
  const head = [
    `HTTP/1.1 ${status} ${title}`,
    "Connection: close",
    "Content-Type: application/problem+json",
    `Content-Length: ${body.length}`,
  ];
  socket.write(`${head.join("\r\n")}\r\n\r\n${body}`);
  socket.destroySoon();
}

function statusOf(code: unknown): [status: number, title: string] {
  if (code === "HPE_HEADER_OVERFLOW") return [431, "Request Header Fields Too Large"];
  if (code === "ERR_HTTP_REQUEST_TIMEOUT") return [408, "Request Timeout"];
  if (code === "HPE_CHUNK_EXTENSIONS_OVERFLOW") return [413, "Content Too Large"];
  return [400, "Bad Request"];
}
