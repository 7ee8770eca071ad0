// `waybill/multipart`: multipart bodies read and written, in Node, browsers, Deno, Bun and workers.
export {
  createMultipartDecoder,
  type MultipartDecoder,
  type MultipartDecoderOptions,
  type MultipartHandler,
  type PartHead,
} from "./codec/multipart/multipart-decoder.js";
export {
  decodeMultipart,
  type DecodeMultipartOptions,
  type MultipartLimits,
} from "./codec/multipart/decode-multipart.js";
export type { MultipartPart, ReadAllOptions } from "./codec/multipart/multipart-part.js";
export {
  createMultipartEncoder,
  type EncodedMultipart,
  type MultipartEncoder,
  type MultipartEncoderOptions,
  type PartToWrite,
} from "./codec/multipart/multipart-encoder.js";
export { flattenMixed, type FlattenMixedOptions } from "./codec/multipart/flatten-mixed.js";
export { limitParts, type LimitPartsOptions } from "./codec/multipart/limit-parts.js";
export { undoTransferEncoding } from "./codec/multipart/undo-transfer-encoding.js";
export { createRelatedRoot, type RelatedRoot } from "./codec/multipart/related-root.js";
export {
  escapeName,
  unescapeName,
  type PartHeadToWrite,
} from "./codec/multipart/format-part-head.js";
export { parseBoundary } from "./codec/multipart/parse-boundary.js";
export { stripPath } from "./codec/multipart/strip-path.js";
export type { OctetSource } from "./codec/multipart/octet-source.js";
export { parseMediaType, type MediaType } from "./base/media-type.js";
export {
  type Fault,
  type FaultCode,
  isWaybillError,
  type PartPlace,
  WaybillError,
} from "./base/fault.js";
export { defaultLimits, type Limits } from "./base/limits.js";
