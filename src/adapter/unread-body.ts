// What becomes of a request body that nobody wants, when the answer is already made: the answer must
// reach a client that is still sending. Knows nothing of what the answer is.
import type { NodeRequest } from "./node-message.js";
import { bodyStream } from "./node-request.js";

export interface DrainBounds {
  /** Octets. */
  readonly drainBytesMax: number;
  readonly drainMsMax: number;
}

/**
 * Reads and drops the rest. Closing a TCP connection with octets unread resets it, and a reset can destroy
 * the answer on its way (RFC 9112 §9.6); so this goes on until the client has stopped, or the bounds are met.
 */
export function drainBody(request: NodeRequest, bounds: DrainBounds): Promise<void> {
  const source = bodyStream(request);
  return new Promise((resolve) => {
    let bytes = 0;
    const finish = (): void => {
      clearTimeout(timer);
      source.off("data", count);
      source.pause();
      resolve();
    };
    const count = (chunk: Uint8Array): void => {
      bytes += chunk.length;
      if (bytes > bounds.drainBytesMax) finish();
    };
    const timer = setTimeout(finish, bounds.drainMsMax);
    source.once("end", finish);
    source.once("close", finish);
    source.on("data", count);
    if (source.destroyed || source.readableEnded) finish();
    else source.resume();
  });
}
