// The open connections of one server, and what runs on each, so that it can stop without cutting off
// anybody. Knows nothing of what the requests are.
import type { ServerHttp2Session } from "node:http2";
import type { Socket } from "node:net";
import type { NodeRequest, NodeResponse } from "../adapter/node-message.js";
import { isHttp2Response } from "../adapter/node-message.js";

export interface OpenConnections {
  /** Every connection as it is accepted. */
  addSocket(socket: Socket): void;
  /** One that speaks HTTP/1.1, or nothing yet. */
  addHttp1(socket: Socket): void;
  /** One that is no longer ours to end: a session is. */
  removeHttp1(socket: Socket): void;
  addSession(session: ServerHttp2Session): void;
  /** A request, until its response is closed. */
  track(request: NodeRequest, response: NodeResponse): void;
  /** Has an answer begun on this connection? Then no other can be written into it. */
  hasBegun(socket: Socket): boolean;
  /** Ends what is idle now, and the rest as each becomes so. */
  stop(): void;
  destroy(): void;
}

export function createOpenConnections(): OpenConnections {
  const sockets = new Set<Socket>();
  const http1 = new Map<Socket, Set<NodeResponse>>();
  const sessions = new Set<ServerHttp2Session>();
  let isStopping = false;

  const release = (socket: Socket, response: NodeResponse): void => {
    const running = http1.get(socket);
    running?.delete(response);
    if (isStopping && running?.size === 0) socket.destroySoon();
  };

  return {
    addSocket(socket) {
      sockets.add(socket);
      socket.once("close", () => sockets.delete(socket));
    },
    addHttp1(socket) {
      http1.set(socket, new Set());
      socket.once("close", () => http1.delete(socket));
    },
    removeHttp1: (socket) => void http1.delete(socket),
    addSession(session) {
      if (isStopping) session.close();
      sessions.add(session);
      session.once("close", () => sessions.delete(session));
    },
    track(request, response) {
      if (isHttp2Response(response)) return;
      const { socket } = request;
      if (isStopping) response.shouldKeepAlive = false;
      http1.get(socket)?.add(response);
      response.once("close", () => release(socket, response));
    },
    hasBegun(socket) {
      return [...(http1.get(socket) ?? [])].some((response) => response.headersSent);
    },
    stop() {
      isStopping = true;
      for (const [socket, running] of http1) {
        if (running.size === 0) socket.destroySoon();
        // So that the answer says it: RFC 9112 §9.6.
        for (const each of running) if (!isHttp2Response(each)) each.shouldKeepAlive = false;
      }
      for (const session of sessions) session.close();
    },
    destroy() {
      for (const session of sessions) session.destroy();
      for (const socket of sockets) socket.destroy();
    },
  };
}
