// One GET of a URL that somebody else has named: only where it is allowed, only at public addresses, each
// redirect checked anew. Knows nothing of what is fetched, nor what for.
import { lookup as systemLookup } from "node:dns";
import { request as httpRequest, type IncomingMessage, type RequestOptions } from "node:http";
import { request as httpsRequest } from "node:https";
import { isIP, type LookupFunction } from "node:net";
import type { AllowedUrls } from "./allowed-urls.js";
import { createIsPublicAddress, type IsPublicAddress } from "./public-address.js";

export interface GuardedRequestOptions {
  readonly allowed: AllowedUrls;
  readonly redirectsMax: number;
  /** Media types, as `Accept` has them. */
  readonly accept: string;
  /** Ends the request, and the reading of its response. */
  readonly signal: AbortSignal;
  /** Silence, until its response begins. */
  readonly idleMsMax?: number | undefined;
  /** Finds the addresses of a host; that of the system by default. */
  readonly lookup?: LookupFunction | undefined;
  /** The error to reject with; `why` is a clause that says what is wrong. */
  readonly fail: (url: URL, why: string, cause?: unknown) => Error;
}

export interface GuardedResponse {
  /** Where it was in the end. */
  readonly url: URL;
  /** Of status 200. To be read, or destroyed. */
  readonly response: IncomingMessage;
}

/** Rejects with what `fail` makes. */
export async function guardedRequest(
  from: URL,
  options: GuardedRequestOptions,
): Promise<GuardedResponse> {
  const { redirectsMax, fail } = options;
  let url = from;
  for (let redirects = 0; redirects <= redirectsMax; redirects++) {
    const response = await ask(url, options);
    const location = locationOf(response);
    if (location === undefined && response.statusCode === 200) return { url, response };
    response.destroy();
    if (location === undefined) throw fail(url, `its server answers ${response.statusCode}`);
    if (!URL.canParse(location, url.href)) throw fail(url, "it leads to what is no URL");
    url = new URL(location, url);
  }
  throw fail(from, `it leads on more than ${redirectsMax} times`);
}

async function ask(url: URL, options: GuardedRequestOptions): Promise<IncomingMessage> {
  const { allowed, accept, signal, fail } = options;
  if (!allowed.has(url)) throw fail(url, "it is not among what is allowed");
  const guard = allowed.mayBeInternal(url) ? () => true : createIsPublicAddress();
  const literal = url.hostname.replace(/^\[|\]$/g, "");
  // A host that is an address is never looked up.
  if (isIP(literal) !== 0 && !guard(literal)) throw fail(url, internalAddress);
  return new Promise<IncomingMessage>((resolve, reject) => {
    const settings: RequestOptions = {
      agent: false, // no connection that somebody else has opened
      headers: { accept, "accept-encoding": "identity" },
      lookup: guardedLookup(guard, options.lookup ?? systemLookup),
      signal,
      ...(options.idleMsMax === undefined ? {} : { timeout: options.idleMsMax }),
    };
    const request =
      url.protocol === "https:" ? httpsRequest(url, settings) : httpRequest(url, settings);
    request.on("response", (response) => {
      request.setTimeout(0); // whoever reads it watches over it
      resolve(response);
    });
    request.on("timeout", () => request.destroy(new Error(tooSlow)));
    request.on("error", (error) =>
      reject(fail(url, signal.aborted ? tooSlow : error.message, error)),
    );
    request.end();
  });
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

export const internalAddress = "its address is an internal one";
export const tooSlow = "it takes too long";

function locationOf({ statusCode = 0, headers }: IncomingMessage): string | undefined {
  return [301, 302, 303, 307, 308].includes(statusCode) ? headers.location : undefined;
}
