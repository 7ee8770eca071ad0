// Counts the requests that are being answered, so that what they need is not closed under them.
import { WaybillError } from "../base/fault.js";
import type { HttpHandler } from "../http/exchange.js";
import { problemResponse } from "../http/problem.js";

export interface RunningRequests {
  /** The handler, counted; after `stop` it answers `unavailable`. */
  readonly handle: HttpHandler;
  /** Resolves when the last response is made. Their bodies may still be on the way. */
  stop(): Promise<void>;
}

export function countRunning(handler: HttpHandler): RunningRequests {
  const running = new Set<Promise<unknown>>();
  let isStopped = false;
  return {
    handle(request) {
      if (isStopped) return Promise.resolve(problemResponse(stopped(), { "retry-after": "5" }));
      const answer = handler(request);
      running.add(answer);
      return answer.finally(() => running.delete(answer));
    },
    async stop() {
      isStopped = true;
      await Promise.allSettled(running);
    },
  };
}

export function stopped(): WaybillError {
  return new WaybillError({ code: "unavailable", detail: "The server is stopping." });
}
