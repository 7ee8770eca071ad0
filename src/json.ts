// `waybill/json`: JSON with files in it, read as it comes, in Node, browsers, Deno, Bun and workers.
export { decodeJson, type DecodeJsonOptions, type JsonLimits } from "./codec/json/decode-json.js";
export type { JsonFilePlace, JsonFilesOptions } from "./codec/json/json-files.js";
export {
  createJsonDecoder,
  type JsonDecoder,
  type JsonDecoderOptions,
  type JsonSpot,
  type JsonStringSink,
} from "./codec/json/json-decoder.js";
export { type ByteSink, createSpillSink, type SpillSinkOptions } from "./codec/json/spill-sink.js";
export type { OctetSource } from "./codec/multipart/octet-source.js";
export type { ContentEncoding } from "./codec/encoding/content-encoding.js";
export type { DecodingPolicy } from "./codec/encoding/byte-decoder.js";
export { formatPointer, parsePointer, type PointerStep } from "./base/pointer.js";
export { type Fault, type FaultCode, isWaybillError, WaybillError } from "./base/fault.js";
export { defaultLimits, type Limits } from "./base/limits.js";
