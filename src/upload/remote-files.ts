// Files that are elsewhere, by a URL that a client has named: asked for only where that is allowed, and read only as
// far as its server keeps its word. Knows neither stores nor rows.
import type { IncomingMessage } from "node:http";
import type { LookupFunction } from "node:net";
import { performance } from "node:perf_hooks";
import { WaybillError } from "../base/fault.js";
import type { Limits } from "../base/limits.js";
import { essenceOf, parseMediaType } from "../base/media-type.js";
import { allowedUrls, type AllowedUrlsOptions } from "../net/allowed-urls.js";
import { guardedRequest, internalAddress, tooSlow } from "../net/guarded-request.js";

/** Where files may be fetched from; a mere host stands for https alone. */
export type UrlOptions = AllowedUrlsOptions;

export interface RemoteFilesOptions {
  readonly urls: UrlOptions;
  readonly limits: Pick<Limits, "idleMsMax" | "urlMsMax" | "bytesPerSecondMin">;
  /** Finds the addresses of a host; that of the system by default. */
  readonly lookup?: LookupFunction | undefined;
}

export interface RemoteFile {
  /** As its server says it. */
  readonly declaredType: string | undefined;
  /** The last segment of its path. */
  readonly filename: string | undefined;
  readonly etag: string | undefined;
  /** Octets, where they are said beforehand. */
  readonly size: number | undefined;
  /** To be called once. Rejects with `url-not-usable` when the octets end too early, or take too long. */
  read(): AsyncIterable<Uint8Array>;
  close(): void;
}

export interface RemoteFiles {
  /** Rejects with `url-not-allowed`, and with `url-not-usable` where its server does not give it. */
  open(url: string, signal: AbortSignal): Promise<RemoteFile>;
}

const redirectsMax = 3;

/** Undefined where nothing is allowed. Throws a TypeError that names an entry which means nothing. */
export function createRemoteFiles(options: RemoteFilesOptions): RemoteFiles | undefined {
  const { urls, limits, lookup } = options;
  const allowed = allowedUrls(urls, { httpsOnly: true, notAllowable });
  if (!allowed.any) return undefined;
  return {
    async open(said, ended) {
      const url = URL.canParse(said) ? new URL(said) : undefined;
      if (!url || !allowed.has(url)) throw notAllowed();
      const signal = AbortSignal.any([ended, AbortSignal.timeout(limits.urlMsMax)]);
      const { response } = await guardedRequest(url, {
        allowed,
        redirectsMax,
        accept: "*/*",
        signal,
        idleMsMax: limits.idleMsMax,
        lookup,
        fail: (_, why, cause) => unreachable(url, why, cause),
      });
      try {
        checkFraming(response, (why) => cannot(url, why));
      } catch (error) {
        response.destroy();
        throw error;
      }
      return fileOf(url, response, { pace: limits, signal });
    },
  };
}

type Pace = Pick<Limits, "idleMsMax" | "bytesPerSecondMin">;

function fileOf(
  url: URL,
  response: IncomingMessage,
  { pace, signal }: { pace: Pace; signal: AbortSignal },
): RemoteFile {
  const { "content-type": type, "content-length": length, etag } = response.headers;
  const mediaType = parseMediaType(type ?? "");
  return {
    declaredType: mediaType && essenceOf(mediaType),
    filename: fileNameIn(url),
    etag,
    size: length === undefined ? undefined : Number(length),
    read: () => readAll(response, pace, (error) => brokenOff(url, signal, error)),
    close: () => void response.destroy(),
  };
}

async function* readAll(
  response: IncomingMessage,
  { idleMsMax, bytesPerSecondMin }: Pace,
  failureOf: (error: unknown) => WaybillError,
): AsyncGenerator<Uint8Array> {
  const watch = (): NodeJS.Timeout =>
    setTimeout(() => response.destroy(new Error(tooSlow)), idleMsMax);
  let timer = watch();
  let waitedMs = 0;
  let size = 0;
  const chunks: AsyncIterator<Uint8Array> = response[Symbol.asyncIterator]();
  try {
    for (;;) {
      const began = performance.now();
      const next = await chunks.next().catch((error: unknown) => {
        throw failureOf(error);
      });
      clearTimeout(timer); // whoever takes them may take their time
      if (next.done) return;
      waitedMs += performance.now() - began;
      size += next.value.length;
      const isSlow = waitedMs > idleMsMax && size * 1000 < waitedMs * bytesPerSecondMin;
      if (isSlow) throw failureOf(new Error(tooSlow));
      yield next.value;
      timer = watch();
    }
  } finally {
    clearTimeout(timer);
    response.destroy();
  }
}

// What says neither its length nor where it ends may be cut off, and nobody would know (RFC 9112 §6.3).
function checkFraming({ headers }: IncomingMessage, fail: (why: string) => WaybillError): void {
  const coding = headers["content-encoding"] ?? "identity";
  if (coding.toLowerCase() !== "identity")
    throw fail("its server compresses it, though it is asked not to");
  const isChunked = headers["transfer-encoding"] !== undefined;
  if (headers["content-length"] === undefined && !isChunked)
    throw fail("its server does not say how long it is");
}

function fileNameIn({ pathname }: URL): string | undefined {
  const last = pathname.slice(pathname.lastIndexOf("/") + 1);
  try {
    return decodeURIComponent(last) || undefined;
  } catch {
    return undefined;
  }
}

function brokenOff(url: URL, signal: AbortSignal, error: unknown): WaybillError {
  const isSlow = signal.aborted || (error instanceof Error && error.message === tooSlow);
  return cannot(url, isSlow ? tooSlow : "its octets end before they should", error);
}

// What a network says of itself is no business of whoever named the URL.
function unreachable(url: URL, why: string, cause: unknown): WaybillError {
  const isTold = cause === undefined || why === tooSlow || why === internalAddress;
  return cannot(url, isTold ? why : "its server cannot be reached", cause);
}

/** Without the query, which may hold a signature. */
function cannot({ origin, pathname }: URL, why: string, cause?: unknown): WaybillError {
  const detail = `The file at ${origin}${pathname} cannot be fetched: ${why}.`;
  return new WaybillError({ code: "url-not-usable", detail }, { cause });
}

function notAllowed(): WaybillError {
  const detail = "The URL is not among those that files may be fetched from.";
  return new WaybillError({ code: "url-not-allowed", detail });
}

function notAllowable(entry: string): TypeError {
  return new TypeError(
    `urls: ${JSON.stringify(entry)} cannot be allowed: it is neither a host nor an http(s) URL, without wildcard, query and fragment.`,
  );
}
