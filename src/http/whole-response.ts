// A response to be carried within another: read whole, and held to what a message can have. What hooks make of it is
// their own; what comes out wrong of them is a problem here, as all is done by then.
import { checkHead } from "./check-head.js";
import type { HttpResponse } from "./exchange.js";
import { failureOf } from "./failure.js";
import { isStream, releaseBody } from "./open-blob.js";
import { problemResponse } from "./problem.js";

/** One with its octets at hand. */
export interface WholeResponse extends HttpResponse {
  readonly body?: string | Uint8Array;
}

/** `memory` is lessened by what is read of streams. Never rejects: what cannot be carried is a problem of status 500. */
export async function wholeResponse(
  response: HttpResponse,
  memory: { leftBytes: number },
): Promise<WholeResponse> {
  try {
    checkHead(response);
    const { status, headers, body } = response;
    if (body === undefined) return { status, headers };
    return { status, headers, body: isStream(body) ? await readAll(body, memory) : body };
  } catch (error) {
    await releaseBody(response).catch(() => undefined);
    return asProblem(error);
  }
}

export function asProblem(error: unknown): WholeResponse {
  const { status, headers, body } = problemResponse(failureOf(error));
  return { status, headers, ...(typeof body === "string" ? { body } : {}) };
}

async function readAll(
  body: AsyncIterable<Uint8Array>,
  memory: { leftBytes: number },
): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of body) {
    memory.leftBytes -= chunk.length;
    if (memory.leftBytes < 0) throw new RangeError("A response is too large for a batch.");
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
