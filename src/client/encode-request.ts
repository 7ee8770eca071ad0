// A request of an operation, from its document and a value: what to send, and how it is said. Sends nothing.
import { WaybillError } from "../base/fault.js";
import { isObject } from "../base/json.js";
import { covers, formatMediaType, parseMediaType } from "../base/media-type.js";
import { createDocument } from "../openapi/document.js";
import type { BodyPlan } from "../plan/body-plan.js";
import { expandDocument } from "../plan/expand.js";
import type { MediaTypePlan } from "../plan/media-type-plan.js";
import { createPlan, type OperationPlan, type Plan } from "../plan/plan.js";
import { encodeBody, type EncodedBody } from "./encode-body.js";
import { knownFile } from "./file-input.js";
import type { FormOptions } from "./form-fields.js";
import { describedPart } from "./part-input.js";

export interface RequestOptions extends FormOptions {
  /**
   * Which of the operation's media types to send. Without it: the only one; a multipart one where there is a file
   * in the value, a raw one where the value is a file, JSON where neither; else the first of the document.
   */
  readonly mediaType?: string;
}

export interface EncodedRequest {
  readonly method: string;
  /** The template as the document has it, below its server's path. */
  readonly path: string;
  /** `content-type`, and `content-length` where it is known. Empty without a body. */
  readonly headers: Readonly<Record<string, string>>;
  /** Undefined where the operation takes none. Can be read again, as for a retry, unless a stream is in it. */
  readonly body: AsyncIterable<Uint8Array> | undefined;
  /** The same as a Web stream. Leaving it early closes the files' streams. */
  stream(): ReadableStream<Uint8Array> | undefined;
}

/** Compiles a document for many requests: OpenAPI 3.0, 3.1 or 3.2, in full or short. Throws DocumentError. */
export function planRequests(document: object): Plan {
  return createPlan(expandDocument(createDocument(document)));
}

/**
 * The request of one operation, named by its `operationId` or as `POST /things`. Files in `value` are `FileInput`s.
 *
 * Throws DocumentError for a document that is none, and WaybillError: `not-found` for an operation that is not there,
 * `not-implemented` for one whose schemas cannot be used, `unsupported-media-type` for a media type that it does not
 * take, `missing-body`, `unknown-property` and `invalid-value` with the pointer of what cannot be sent,
 * `missing-part-header`, `invalid-part-header` and `malformed-header` for headers of parts. The value is not held
 * against the schema: that is the server's to do.
 */
export function encodeRequest(
  document: Plan | object,
  operationId: string,
  value?: unknown,
  options: RequestOptions = {},
): EncodedRequest {
  const plan = operationOf(isPlan(document) ? document : planRequests(document), operationId);
  const { method, path } = plan.operation;
  const encoded = bodyOf(plan, value, options);
  const headers = encoded ? headersOf(encoded) : {};
  return {
    method,
    path,
    headers,
    body: encoded?.body,
    stream: () => encoded && streamOf(encoded.body),
  };
}

function isPlan(given: Plan | object): given is Plan {
  return isObject(given) && "operations" in given && Array.isArray(given["operations"]);
}

function operationOf({ operations }: Plan, id: string): OperationPlan {
  const found = operations.find(
    ({ operation: { operationId, method, path } }) =>
      operationId === id || `${method} ${path}` === id,
  );
  if (!found) {
    const detail = `The document has no operation ${JSON.stringify(id)}.`;
    throw new WaybillError({ code: "not-found", detail });
  }
  const { trouble } = found.operation;
  if (trouble === undefined) return found;
  throw new WaybillError({ code: "not-implemented", detail: trouble });
}

function bodyOf(
  { body, operation: { operationId } }: OperationPlan,
  value: unknown,
  { mediaType, ...options }: RequestOptions,
): EncodedBody | undefined {
  if (!body || body.media.length === 0) {
    if (value === undefined) return undefined;
    const detail = `The operation ${operationId} takes no body.`;
    throw new WaybillError({ code: "invalid-value", detail, pointer: "" });
  }
  if (value === undefined) {
    if (!body.required) return undefined;
    const detail = `The operation ${operationId} needs a body.`;
    throw new WaybillError({ code: "missing-body", detail });
  }
  if (mediaType === undefined) return encodeBody(usualMedia(body, value), value, options);
  const { plan, isRange } = mediaOf(body, mediaType);
  return encodeBody(plan, value, isRange ? { ...options, mediaType } : options);
}

function mediaOf({ media }: BodyPlan, said: string): { plan: MediaTypePlan; isRange: boolean } {
  const type = parseMediaType(said);
  const exact = media.find(({ range }) => type && formatMediaType(range) === formatMediaType(type));
  if (exact) return { plan: exact, isRange: false };
  const plan = media.find(({ range }) => type && covers({ ...range, parameters: none }, type));
  if (plan) return { plan, isRange: true };
  const names = media.map(({ range }) => formatMediaType(range)).join(", ");
  const detail = `The operation takes ${names}, not ${said}.`;
  throw new WaybillError({ code: "unsupported-media-type", detail });
}

const none: ReadonlyMap<string, string> = new Map();

// The value is at hand, so it is asked (OAS 3.1.1 "Schema search": serializers MUST inspect the data).
function usualMedia({ media }: BodyPlan, value: unknown): MediaTypePlan {
  const kind = knownFile(value) ? "raw" : holdsFile(value, new Set()) ? "form-data" : "json";
  const usual = media.find(({ body }) => body.kind === kind) ?? media[0];
  if (usual) return usual;
  throw new WaybillError({ code: "unsupported-media-type", detail: "There is no media type." });
}

function holdsFile(value: unknown, seen: Set<unknown>): boolean {
  if (knownFile(value)) return true;
  const inner = describedPart(value).value;
  if (typeof inner !== "object" || inner === null || seen.has(inner)) return false;
  seen.add(inner);
  return Object.values(inner).some((each) => holdsFile(each, seen));
}

function headersOf({ contentType, contentLength }: EncodedBody): Record<string, string> {
  return {
    "content-type": contentType,
    ...(contentLength === undefined ? {} : { "content-length": String(contentLength) }),
  };
}

// Browsers cannot make one of an iterable by themselves.
function streamOf(body: AsyncIterable<Uint8Array>): ReadableStream<Uint8Array> {
  const iterator = body[Symbol.asyncIterator]();
  return new ReadableStream({
    async pull(controller) {
      const { done, value } = await iterator.next();
      if (done === true) controller.close();
      else controller.enqueue(value);
    },
    async cancel() {
      await iterator.return?.();
    },
  });
}
