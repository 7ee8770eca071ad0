// One port that speaks HTTP/1.1 and HTTP/2: by ALPN over TLS, by the preface in cleartext. Knows the
// handler only as a function; limits of connections stand here, those of bodies do not.
import * as http from "node:http";
import * as http2 from "node:http2";
import type { Server, Socket } from "node:net";
import { createNodeListener } from "../adapter/node.js";
import type { NodeRequest, NodeResponse } from "../adapter/node-message.js";
import type { HttpHandler } from "../http/exchange.js";
import { createOpenConnections, type OpenConnections } from "./open-connections.js";
import { peekProtocol } from "./peek-protocol.js";
import { refuseMalformed } from "./refuse-malformed.js";

export interface ListenOptions {
  /** 0 for any that is free. */
  readonly port: number;
  readonly host: string;
  /** PEM. */
  readonly tls?: { readonly key: string | Uint8Array; readonly cert: string | Uint8Array };
  /** Connections that fail before or beside any request: for the log. */
  readonly onConnectionError?: (error: Error) => void;
}

export interface Listening {
  /** Without a slash at the end. */
  readonly url: string;
  readonly port: number;
  /**
   * Accepts nothing more, ends what is idle (GOAWAY in HTTP/2), and resolves when the last request is
   * answered, or else after `graceMs`, when the rest is cut off.
   */
  close(graceMs: number): Promise<void>;
}

type NodeServer = http.Server | http2.Http2Server | http2.Http2SecureServer;

const headersMsMax = 30_000;
const handshakeMsMax = 15_000;
/** Longer than the usual minute of proxies, so that they are the ones to close. */
const idleMsMax = 65_000;
const MiB = 1024 * 1024;
/** The default of 64 KiB halves the rate of an upload. */
const streamWindowBytes = 8 * MiB;
const sessionWindowBytes = 16 * MiB;
/** Fewer than the 100 of RFC 9113 §6.5.2: each may fill its window while nobody reads, 256 MiB in all. */
const streamsMax = 32;

const http1Options = {
  headersTimeout: headersMsMax,
  // Uploads take as long as they take: their pace is watched as they are read.
  requestTimeout: 0,
  keepAliveTimeout: idleMsMax,
  joinDuplicateHeaders: true,
};
const http2Options = {
  settings: { initialWindowSize: streamWindowBytes, maxConcurrentStreams: streamsMax },
};

/** Rejects when the address cannot be had, or the certificate not be used. */
export async function listen(handler: HttpHandler, options: ListenOptions): Promise<Listening> {
  const connections = createOpenConnections();
  const serve = (server: NodeServer): void => serveRequests(server, handler, connections, options);
  const server = options.tls
    ? createSecure(options.tls, connections, serve)
    : createCleartext(connections, serve);
  server.on("connection", connections.addSocket);
  await bind(server, options);
  const address = server.address();
  const port = typeof address === "object" && address ? address.port : options.port;
  let closed: Promise<void> | undefined;
  return {
    url: `${options.tls ? "https" : "http"}://${urlHost(options.host)}:${port}`,
    port,
    close: (graceMs) => (closed ??= close(server, connections, graceMs)),
  };
}

function createSecure(
  { key, cert }: NonNullable<ListenOptions["tls"]>,
  connections: OpenConnections,
  serve: (server: NodeServer) => void,
): Server {
  const pem = { key: Buffer.from(key), cert: Buffer.from(cert) };
  const server = http2.createSecureServer({
    ...http2Options,
    ...pem,
    allowHTTP1: true,
    handshakeTimeout: handshakeMsMax,
  });
  // For its HTTP/1 side these are properties only; Node's own would end an upload after five minutes.
  Object.assign(server, http1Options);
  server.on("secureConnection", (socket) => {
    if (socket.alpnProtocol !== "h2") connections.addHttp1(socket);
  });
  serve(server);
  return server;
}

// The HTTP/1 server owns the port, since its header timeouts run only while it listens.
function createCleartext(
  connections: OpenConnections,
  serve: (server: NodeServer) => void,
): Server {
  const one = http.createServer(http1Options);
  const two = http2.createServer(http2Options);
  const accept = one.listeners("connection");
  one.removeAllListeners("connection");
  one.on("connection", (socket: Socket) => {
    connections.addHttp1(socket);
    peekProtocol(socket, headersMsMax, (isHttp2) => {
      if (!isHttp2) for (const each of accept) Reflect.apply(each, one, [socket]);
      else {
        connections.removeHttp1(socket);
        socket.allowHalfOpen = false;
        two.emit("connection", socket);
      }
    });
  });
  serve(one);
  serve(two);
  return one;
}

function serveRequests(
  server: NodeServer,
  handler: HttpHandler,
  connections: OpenConnections,
  { onConnectionError }: ListenOptions,
): void {
  const listener = createNodeListener(handler);
  server.on("request", (request: NodeRequest, response: NodeResponse) => {
    connections.track(request, response);
    listener.request(request, response);
  });
  server.on("checkContinue", (request: NodeRequest, response: NodeResponse) => {
    connections.track(request, response);
    listener.checkContinue(request, response);
  });
  server.on("session", (session: http2.ServerHttp2Session) => {
    connections.addSession(session);
    session.setLocalWindowSize(sessionWindowBytes);
    session.setTimeout(idleMsMax, () => session.close());
  });
  server.on("clientError", (error: Error, socket: Socket) => {
    const hasBegun = connections.hasBegun(socket);
    // Whoever hangs up, or does on an early answer, is no news.
    const isHangUp = hasBegun || ("code" in error && error.code === "ECONNRESET");
    if (!isHangUp) onConnectionError?.(error);
    refuseMalformed(error, socket, hasBegun);
  });
  for (const event of ["sessionError", "tlsClientError"]) {
    server.on(event, (error: Error) => onConnectionError?.(error));
  }
}

function bind(server: Server, { port, host }: ListenOptions): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, host, () => {
      server.off("error", reject);
      resolve();
    });
  });
}

async function close(server: Server, connections: OpenConnections, graceMs: number): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  connections.stop();
  const timer = setTimeout(() => connections.destroy(), graceMs);
  await closed;
  clearTimeout(timer);
}

function urlHost(host: string): string {
  if (host === "" || host === "0.0.0.0" || host === "::") return "localhost";
  return host.includes(":") ? `[${host}]` : host;
}
