// The one vocabulary of what can go wrong. Codes only: the HTTP status and title of each stand in
// http/problem.ts, since nothing below that layer knows about status codes.

/** What went wrong. Each code names one rule; see `http/problem.ts` for its status and title. */
export type FaultCode =
  // syntax of a body
  | "malformed-json"
  | "malformed-multipart"
  | "malformed-urlencoded"
  | "malformed-xml"
  | "malformed-encoding"
  | "malformed-header"
  | "duplicate-key"
  // limits: the limit's name is in `Fault.limit`
  | "body-too-large"
  | "file-too-large"
  | "field-too-large"
  | "header-too-large"
  | "name-too-long"
  | "too-many-parts"
  | "too-many-fields"
  | "too-many-files"
  | "too-many-keys"
  | "too-deep"
  | "image-too-large"
  // negotiation
  | "missing-body"
  | "unsupported-media-type"
  | "unsupported-content-encoding"
  | "expectation-failed"
  | "digest-mismatch"
  // what the schema says
  | "part-without-name"
  | "duplicate-part"
  | "part-type-not-allowed"
  | "missing-part-header"
  | "invalid-part-header"
  | "unknown-property"
  | "missing-property"
  | "invalid-value"
  | "invalid-content"
  | "read-only-property"
  | "file-type-not-allowed"
  | "not-an-image"
  | "not-the-current-file"
  | "upload-not-usable"
  | "upload-ended"
  | "url-not-allowed"
  | "url-not-usable"
  | "checksum-mismatch"
  | "upload-rejected"
  | "mismatching-upload-offset"
  | "inconsistent-upload-length"
  | "completed-upload"
  // the request as a whole
  | "bad-request"
  | "invalid-parameter"
  | "unauthorized"
  | "forbidden"
  | "unknown-path"
  | "not-found"
  | "method-not-allowed"
  | "conflict"
  | "precondition-failed"
  | "precondition-required"
  | "range-not-satisfiable"
  | "partial-put"
  | "request-in-progress"
  | "idempotency-key-reused"
  | "request-timeout"
  | "client-gone"
  | "not-implemented"
  | "unavailable"
  | "insufficient-storage"
  | "internal";

/** One fault of a request: the place and the rule. Offsets count octets of the (decompressed) body from 0. */
export interface Fault {
  readonly code: FaultCode;
  /** One plain sentence for people. Never contains secrets or storage keys. */
  readonly detail: string;
  /** JSON Pointer (RFC 6901) into the request value, `""` for the whole of it. */
  readonly pointer?: string;
  /** Octet offset in the body where the fault is. */
  readonly offset?: number;
  /** Of a batch: which of its requests, from 0; pointer, offset and part are within that one. */
  readonly request?: number;
  /** For multipart: which part. */
  readonly part?: PartPlace;
  /** The limit that was exceeded. */
  readonly limit?: { readonly name: string; readonly value: number };
  /** For `invalid-parameter`: the name of the query, path or header parameter. */
  readonly parameter?: string;
  /** For `mismatching-upload-offset`: octets that are there, and where the request's were to go. */
  readonly offsets?: { readonly expected: number; readonly provided: number };
}

/** A part of a multipart body: its name, its position from 0, and the octet at which its delimiter begins. */
export interface PartPlace {
  readonly name?: string;
  readonly index: number;
  readonly offset: number;
}

/** The only error class of Waybill: one or more faults of one request. */
export class WaybillError extends Error {
  readonly faults: readonly [Fault, ...Fault[]];

  constructor(fault: Fault | readonly [Fault, ...Fault[]], options?: ErrorOptions) {
    const faults = (Array.isArray(fault) ? fault : [fault]) as readonly [Fault, ...Fault[]];
    super(faults.map((each) => each.detail).join(" "), options);
    this.name = "WaybillError";
    this.faults = faults;
  }

  get code(): FaultCode {
    return this.faults[0].code;
  }
}

export function isWaybillError(error: unknown): error is WaybillError {
  return error instanceof WaybillError;
}

export function isNotFound(error: unknown): boolean {
  return isWaybillError(error) && error.code === "not-found";
}
