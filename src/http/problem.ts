// Every fault as a problem (RFC 9457): the one table of codes, statuses and titles.
import type { Fault, FaultCode, WaybillError } from "../base/fault.js";
import type { HttpResponse } from "./exchange.js";

/** Types that are registered (draft-ietf-httpbis-resumable-upload-11 §7). */
const iana = "https://iana.org/assignments/http-problem-types#";

/** Status and title of each code, and its type where that is another's. The status of several faults is the first's when they agree, else 400. */
export const problemTable: Readonly<
  Record<FaultCode, readonly [status: number, title: string, type?: string]>
> = {
  "malformed-json": [400, "Malformed JSON"],
  "malformed-multipart": [400, "Malformed multipart body"],
  "malformed-urlencoded": [400, "Malformed urlencoded body"],
  "malformed-xml": [400, "Malformed XML"],
  "malformed-encoding": [400, "Malformed encoding"],
  "malformed-header": [400, "Malformed header"],
  "duplicate-key": [400, "Duplicate key"],
  "body-too-large": [413, "Body too large"],
  "file-too-large": [413, "File too large"],
  "field-too-large": [413, "Field too large"],
  "header-too-large": [413, "Part header too large"],
  "name-too-long": [413, "Name too long"],
  "too-many-parts": [413, "Too many parts"],
  "too-many-fields": [413, "Too many fields"],
  "too-many-files": [413, "Too many files"],
  "too-many-keys": [413, "Too many keys"],
  "too-deep": [413, "Nested too deep"],
  "image-too-large": [413, "Image too large"],
  "missing-body": [400, "Missing body"],
  "unsupported-media-type": [415, "Unsupported media type"],
  "unsupported-content-encoding": [415, "Unsupported content encoding"],
  "expectation-failed": [417, "Expectation failed"],
  "digest-mismatch": [400, "Digest mismatch"],
  "part-without-name": [400, "Part without a name"],
  "duplicate-part": [400, "Duplicate part"],
  "part-type-not-allowed": [400, "Part type not allowed"],
  "missing-part-header": [400, "Missing part header"],
  "invalid-part-header": [400, "Invalid part header"],
  "unknown-property": [400, "Unknown property"],
  "missing-property": [400, "Missing property"],
  "invalid-value": [400, "Invalid value"],
  "invalid-content": [400, "Invalid content"],
  "read-only-property": [400, "Read-only property"],
  "file-type-not-allowed": [400, "File type not allowed"],
  "not-an-image": [400, "Not an image"],
  "not-the-current-file": [400, "Not the current file"],
  "upload-not-usable": [400, "Upload not usable"],
  "upload-ended": [410, "Upload ended"],
  "url-not-allowed": [400, "URL not allowed"],
  "url-not-usable": [400, "URL not usable"],
  // The status is tus' own (tus 1.0 "Checksum").
  "checksum-mismatch": [460, "Checksum mismatch"],
  "upload-rejected": [422, "Upload rejected"],
  "mismatching-upload-offset": [
    409,
    "Mismatching upload offset",
    `${iana}mismatching-upload-offset`,
  ],
  "inconsistent-upload-length": [
    400,
    "Inconsistent upload length",
    `${iana}inconsistent-upload-length`,
  ],
  "completed-upload": [400, "Completed upload", `${iana}completed-upload`],
  "bad-request": [400, "Bad request"],
  "invalid-parameter": [400, "Invalid parameter"],
  unauthorized: [401, "Unauthorized"],
  forbidden: [403, "Forbidden"],
  "unknown-path": [404, "Unknown path"],
  "not-found": [404, "Not found"],
  "method-not-allowed": [405, "Method not allowed"],
  conflict: [409, "Conflict"],
  "precondition-failed": [412, "Precondition failed"],
  "precondition-required": [428, "Precondition required"],
  "range-not-satisfiable": [416, "Range not satisfiable"],
  "partial-put": [400, "Partial PUT"],
  "request-in-progress": [409, "Request in progress"],
  "idempotency-key-reused": [422, "Idempotency-Key reused"],
  "request-timeout": [408, "Request timeout"],
  "client-gone": [400, "Client gone"],
  "not-implemented": [501, "Not implemented"],
  unavailable: [503, "Unavailable"],
  "insufficient-storage": [507, "Insufficient storage"],
  internal: [500, "Internal error"],
};

/** The URI of a problem type; it identifies and does not resolve (RFC 9457 §3.1.1). */
export function problemType(code: FaultCode): string {
  return problemTable[code][2] ?? `urn:problem-type:waybill:${code}`;
}

export interface ProblemDetails {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly requestId?: string;
  readonly "expected-offset"?: number;
  readonly "provided-offset"?: number;
  readonly errors: readonly Fault[];
}

/** All faults of one request as one problem. */
export function problemDetails(
  faults: readonly [Fault, ...Fault[]],
  requestId?: string,
): ProblemDetails {
  const [first] = faults;
  const statuses = new Set(faults.map(({ code }) => problemTable[code][0]));
  const several = new Set(faults.map(({ code }) => code)).size > 1;
  return {
    type: several ? "urn:problem-type:waybill:invalid-request" : problemType(first.code),
    title: several ? "Invalid request" : problemTable[first.code][1],
    status: statuses.size === 1 ? problemTable[first.code][0] : 400,
    detail: faults.length === 1 ? first.detail : `${first.detail} And ${faults.length - 1} more.`,
    ...(requestId === undefined ? {} : { requestId }),
    ...offsetMembers(first),
    errors: faults,
  };
}

function offsetMembers({ offsets }: Fault): Partial<ProblemDetails> {
  return offsets
    ? { "expected-offset": offsets.expected, "provided-offset": offsets.provided }
    : {};
}

export function problemResponse(
  error: WaybillError,
  headers: HttpResponse["headers"] = {},
  requestId?: string,
): HttpResponse {
  const details = problemDetails(error.faults, requestId);
  return {
    status: details.status,
    headers: {
      ...headers,
      "content-type": "application/problem+json",
      "cache-control": "no-store",
    },
    body: JSON.stringify(details),
  };
}
