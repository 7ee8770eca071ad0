// Fetches one document that another refers to, over http(s). A document may come from anyone, and names
// any host it likes: so only from where it is allowed, only from public addresses, and only so much.
import { lookup as systemLookup } from "node:dns";
import { request as httpRequest, type IncomingMessage, type RequestOptions } from "node:http";
import { request as httpsRequest } from "node:https";
import { isIP, type LookupFunction } from "node:net";
import type { AllowedReferences } from "./allowed-references.js";
import { DocumentError } from "./document-error.js";
import { createIsPublicAddress, type IsPublicAddress } from "./public-address.js";

export interface FetchReferenceOptions {
  readonly allowed: AllowedReferences;
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
  let url = new URL(uri);
  for (let redirects = 0; redirects <= options.redirectsMax; redirects++) {
    const response = await ask(url, options, signal);
    const location = locationOf(response);
    if (location === undefined)
      return { uri: url.href, text: await readText(url, response, { ...options, signal }) };
    response.destroy();
    if (!URL.canParse(location, url.href)) throw cannot(url, "it leads to what is no URL");
    url = new URL(location, url);
  }
  throw cannot(new URL(uri), `it leads on more than ${options.redirectsMax} times`);
}

async function ask(
  url: URL,
  options: FetchReferenceOptions,
  signal: AbortSignal,
): Promise<IncomingMessage> {
  const { allowed } = options;
  if (!allowed.has(url)) throw cannot(url, "it is not among what is allowed");
  const guard = allowed.mayBeInternal(url) ? () => true : createIsPublicAddress();
  const literal = url.hostname.replace(/^\[|\]$/g, "");
  // A host that is an address is never looked up.
  if (isIP(literal) !== 0 && !guard(literal)) throw cannot(url, internalAddress);
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    const settings: RequestOptions = {
      agent: false, // no connection that somebody else has opened
      headers: { accept: "application/yaml, application/json", "accept-encoding": "identity" },
      lookup: guardedLookup(guard, options.lookup ?? systemLookup),
      signal,
    };
    const request =
      url.protocol === "https:" ? httpsRequest(url, settings) : httpRequest(url, settings);
    request.on("response", resolve);
    request.on("error", (error) =>
      reject(cannot(url, signal.aborted ? tooSlow : reasonOf(error), error)),
    );
    request.end();
  });
  const status = response.statusCode ?? 0;
  if (status >= 200 && status < 400) return response;
  response.destroy();
  throw cannot(url, `its server answers ${status}`);
}

// What is checked here is what is connected to: a second look-up, with another answer, never happens.
function guardedLookup(isAllowed: IsPublicAddress, find: LookupFunction): LookupFunction {
  return (host, options, done) => {
    find(host, { ...options, all: true }, (error, found, family) => {
      if (error) return done(error, "");
      const addresses = Array.isArray(found) ? found : [{ address: found, family: family ?? 4 }];
      const [first] = addresses;
      if (!first || !addresses.every(({ address }) => isAllowed(address)))
        return done(new Error(internalAddress), "");
      return options.all === true ? done(null, addresses) : done(null, first.address, first.family);
    });
  };
}

const internalAddress = "its address is an internal one";

function locationOf({ statusCode = 0, headers }: IncomingMessage): string | undefined {
  return [301, 302, 303, 307, 308].includes(statusCode) ? headers.location : undefined;
}

async function readText(
  url: URL,
  response: IncomingMessage,
  { bytesMax, shared, signal }: FetchReferenceOptions & { readonly signal: AbortSignal },
): Promise<string> {
  if (response.statusCode !== 200) {
    response.destroy();
    throw cannot(url, `its server answers ${response.statusCode}`);
  }
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

const tooSlow = "it takes too long";

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function cannot({ href }: URL, why: string, cause?: unknown): DocumentError {
  return new DocumentError(`The reference to ${href} cannot be followed: ${why}.`, "", { cause });
}
