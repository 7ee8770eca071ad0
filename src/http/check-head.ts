// Whether a message can have this status and these header fields: asked before anybody is told of them. As node:http
// does it, since a line break in a value would begin another field.
import { validateHeaderName, validateHeaderValue } from "node:http";
import type { HttpResponse } from "./exchange.js";
import { releaseBody } from "./open-blob.js";

/** Throws a TypeError or a RangeError. */
export function checkHead({ status, headers }: Pick<HttpResponse, "status" | "headers">): void {
  if (!Number.isInteger(status) || status < 200 || status > 999)
    throw new RangeError(`A response cannot have the status ${status}.`);
  for (const [name, values] of Object.entries(headers)) {
    validateHeaderName(name);
    for (const value of [values].flat()) validateHeaderValue(name, value);
  }
}

// What no message can have is an error before it is logged as an answer.
export async function sendable(response: HttpResponse): Promise<HttpResponse> {
  try {
    checkHead(response);
    return response;
  } catch (error) {
    await releaseBody(response);
    throw error;
  }
}
