// Tells HTTP/2 with prior knowledge from HTTP/1.1 by the first octets of a connection, and leaves them
// where they were. Knows no servers.
import type { Socket } from "node:net";

/** RFC 9113 §3.4. No HTTP/1 request begins so: the method PRI is reserved for it. */
const preface = Buffer.from("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");

/**
 * Calls `decided` as soon as the octets differ from the preface, or are all of it. A connection that
 * ends, fails or is undecided after `peekMsMax` is destroyed without a word.
 */
export function peekProtocol(
  socket: Socket,
  peekMsMax: number,
  decided: (isHttp2: boolean) => void,
): void {
  let head = Buffer.alloc(0);
  const leave = (): void => {
    clearTimeout(timer);
    socket.off("readable", look);
    socket.off("end", drop);
    socket.off("close", leave);
    // What comes next listens for errors itself; what is destroyed has nobody else.
    if (!socket.destroyed) socket.off("error", drop);
  };
  const drop = (): void => {
    leave();
    socket.destroy();
  };
  const look = (): void => {
    const chunk: Buffer | null = socket.read();
    if (!chunk) return;
    head = Buffer.concat([head, chunk]);
    const length = Math.min(head.length, preface.length);
    const isAlike = head.subarray(0, length).equals(preface.subarray(0, length));
    if (isAlike && length < preface.length) return;
    leave();
    socket.unshift(head);
    decided(isAlike);
  };
  const timer = setTimeout(drop, peekMsMax);
  socket.on("readable", look);
  socket.on("end", drop);
  socket.on("close", leave);
  socket.on("error", drop);
}
