// Fetches one document that another refers to, over http(s). A document may come from anyone, and names
// any host it likes: so only from where it is allowed, only from public addresses, and only so much.
import type { IncomingMessage } from "node:http";
import type { LookupFunction } from "node:net";
import type { AllowedUrls } from "../net/allowed-urls.js";
import { guardedRequest, tooSlow } from "../net/guarded-request.js";
import { DocumentError } from "./document-error.js";

export interface FetchReferenceOptions {
  readonly allowed: AllowedUrls;
  /** Of one document. */
  readonly bytesMax: number;
  /** For one document, redirects included. */
  readonly msMax: number;
  readonly redirectsMax: number;
  /** What several fetches have in common. */
  readonly shared?: { readonly deadline: AbortSignal; bytesLeft: number };
  /** Finds the addresses of a host; that of the system by default. */
  readonly lookup?: LookupFunction;
}

export interface Fetched {
  /** Where it was in the end: the base of its references (RFC 3986 §5.1.3). */
  readonly uri: string;
  readonly text: string;
}

/** Rejects with a DocumentError that names the URL and what is wrong. */
export async function fetchReference(
  uri: string,
  options: FetchReferenceOptions,
): Promise<Fetched> {
  const timeout = AbortSignal.timeout(options.msMax);
  const signal = options.shared ? AbortSignal.any([timeout, options.shared.deadline]) : timeout;
  const accept = "application/yaml, application/json";
  const found = await guardedRequest(new URL(uri), { ...options, accept, signal, fail: cannot });
  const text = await readText(found.url, found.response, { ...options, signal });
  return { uri: found.url.href, text };
}

async function readText(
  url: URL,
  response: IncomingMessage,
  { bytesMax, shared, signal }: FetchReferenceOptions & { readonly signal: AbortSignal },
): Promise<string> {
  const pieces: Uint8Array[] = [];
  let size = 0;
  try {
    for await (const piece of response) {
      size += (piece as Uint8Array).length;
      if (size > bytesMax) throw new Error(`it is larger than ${bytesMax} octets`);
      if (shared && (shared.bytesLeft -= (piece as Uint8Array).length) < 0)
        throw new Error("all documents together are too large");
      pieces.push(piece as Uint8Array);
    }
  } catch (error) {
    throw cannot(url, signal.aborted ? tooSlow : reasonOf(error), error);
  }
  return new TextDecoder().decode(Buffer.concat(pieces));
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function cannot({ href }: URL, why: string, cause?: unknown): DocumentError {
  return new DocumentError(`The reference to ${href} cannot be followed: ${why}.`, "", { cause });
}
