// One request to the fake of Google Cloud Storage, as all its parts see it.
import type { IncomingMessage, ServerResponse } from "node:http";
import type { GcsObjects } from "./gcs-objects.js";
import type { Signer } from "./gcs-signature.js";

export interface GcsRequest {
  readonly message: IncomingMessage;
  readonly response: ServerResponse;
  readonly method: string;
  readonly url: URL;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly objects: GcsObjects;
  readonly signer: Signer;
  /** Throws unless there is a token that was given. */
  authorize(): void;
}

export function sendJson({ response }: GcsRequest, status: number, value: unknown): void {
  response.writeHead(status, { "content-type": "application/json; charset=UTF-8" });
  response.end(JSON.stringify(value));
}

/** Rejects where the connection breaks off. */
export async function bodyOf({ message }: GcsRequest): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of message) chunks.push(chunk);
  return Buffer.concat(chunks);
}
