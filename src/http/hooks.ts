// What code adds to an operation: before, after, or instead of what it does by convention.
import type { FileReference } from "../base/file-reference.js";
import type { HttpRequest, HttpResponse } from "./exchange.js";

/** One request, decoded and checked. */
export interface OperationContext {
  readonly operationId: string;
  readonly request: HttpRequest;
  readonly requestId: string;
  /** Path parameters, decoded. */
  readonly params: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  /** The value of the parameter that is the whole query string (OAS 3.2 `in: querystring`), undefined without one. */
  readonly querystring: unknown;
  /** What `authenticate` made of the request. */
  readonly principal: unknown;
  /** The request's value, undefined without a body. Files are file references. A `before` hook may change it. */
  value: unknown;
  /** The bytes of a file that this request brought. */
  readFile(file: FileReference): AsyncIterable<Uint8Array>;
}

/** What a `handle` hook answers: a body to be sent as JSON, with a status (default 200, 204 without a body). */
export interface OperationResult {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent as JSON; strings and bytes with a `content-type` of their own are sent as they are. */
  readonly body?: unknown;
}

/** Throw a `WaybillError` in any of them to answer with its problem; what `after` throws undoes nothing. */
export interface OperationHooks {
  /** After decoding and checking, before anything is done. */
  readonly before?: (context: OperationContext) => void | Promise<void>;
  /**
   * Each item of a sequence (JSON lines, events, unnamed parts) as soon as it is complete and checked by itself,
   * in order; more of the body is read when the promise settles. None from the first item on that is wrong.
   * Items are then not kept: `value` is undefined, unless a `schema` has something to say of the whole.
   */
  readonly item?: (context: OperationContext, item: unknown, index: number) => void | Promise<void>;
  /**
   * Instead of the built-in act. Files that came with the request are gone when it is done, and so are those that it
   * named by the token of an upload, which is used when this begins, whether it succeeds or not.
   */
  readonly handle?: (context: OperationContext) => OperationResult | Promise<OperationResult>;
  /** After a success, before the answer is sent. What it returns takes the response's place. */
  readonly after?: (
    context: OperationContext,
    response: HttpResponse,
  ) => HttpResponse | void | Promise<HttpResponse | void>;
}

/** Hooks by `operationId`; operations without one are named `METHOD /path`. */
export type Hooks = Readonly<Record<string, OperationHooks>>;

/** Tells who asks, or undefined for nobody: then operations with `security` answer 401. */
export type Authenticate = (
  request: Pick<HttpRequest, "method" | "target" | "headers">,
  /** Alternatives of security schemes that the operation names; an empty one, the last, lets nobody in particular in. */
  security: readonly (readonly string[])[],
) => unknown;
