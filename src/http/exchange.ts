// The wall between adapters and the engine: one request in, one response out, no framework.

/** A request as every adapter hands it on. */
export interface HttpRequest {
  /** Upper-case. */
  readonly method: string;
  /** Path and query as sent, e.g. `/a/b%20c?d=e` (origin-form, RFC 9112 §3.2.1). What is no path, as `*`, stands as it came. */
  readonly target: string;
  /** `http` or `https`, as this hop saw it. */
  readonly scheme: string;
  /** `Host` or `:authority`; empty when there was none. */
  readonly authority: string;
  /** Lower-case names; repeated fields joined by `, ` (RFC 9110 §5.3). */
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: RequestBody;
  /**
   * Fields that came after the body (RFC 9110 §6.5), as `headers` has its own: to be asked for once `pump` has
   * resolved. Absent where the way that the request came has none.
   */
  trailers?(): Readonly<Record<string, string | undefined>>;
  /**
   * Sends an interim response (RFC 9110 §15.2), now and without waiting; nothing, where nobody can take it.
   * Absent where the server cannot.
   */
  readonly inform?: Inform;
  /** Aborted when nobody is there to read the answer. Absent where the way that the request came cannot tell. */
  gone?(): AbortSignal;
}

/** `status` is one of 1xx that has a meaning for the client: neither 100 nor 101. Names are lower-case. */
export type Inform = (
  status: number,
  reason: string,
  headers: Readonly<Record<string, string>>,
) => void;

/** The octets of a request, read at most once. */
export interface RequestBody {
  /** False when the message says that there is none (no Content-Length, no Transfer-Encoding, length 0, END_STREAM). */
  readonly present: boolean;
  /**
   * Delivers every chunk in order and waits for what `write` returns; resolves after the last one.
   * Sends `100 Continue` first when the client awaits it (RFC 9110 §10.1.1). Rejects, and delivers
   * nothing more, with what `write` threw, `client-gone`, or `request-timeout`.
   */
  pump(write: (chunk: Uint8Array) => void | Promise<void>, pace: Pace): Promise<void>;
}

export interface Pace {
  /** Silence after which the request fails. */
  readonly idleMsMax: number;
  /** Slowest average rate, once the body has lasted `idleMsMax`. */
  readonly bytesPerSecondMin: number;
}

/** A response as the engine makes it. Adapters drop the body for HEAD. */
export interface HttpResponse {
  readonly status: number;
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string | readonly string[]>>;
  /** An iterable is pulled as fast as the client reads, and `return()`ed when the client goes away. */
  readonly body?: string | Uint8Array | AsyncIterable<Uint8Array>;
}

/** Never rejects: every failure is a response. */
export type HttpHandler = (request: HttpRequest) => Promise<HttpResponse>;
