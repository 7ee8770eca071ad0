// `waybill/client`: requests with files as an OpenAPI document describes them, in Node, browsers, Deno, Bun and workers.
export {
  encodeRequest,
  planRequests,
  type EncodedRequest,
  type RequestOptions,
} from "./client/encode-request.js";
export { fileFromPath } from "./client/file-from-path.js";
export type { FileContent, FileInput } from "./client/file-input.js";
export { part, type DescribedPart, type PartSaid } from "./client/part-input.js";
export type { OctetSource } from "./codec/multipart/octet-source.js";
export type { Plan } from "./plan/plan.js";
export { DocumentError } from "./openapi/document-error.js";
export { type Fault, type FaultCode, isWaybillError, WaybillError } from "./base/fault.js";
