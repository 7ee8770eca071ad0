// `waybill/urlencoded`: application/x-www-form-urlencoded as a stream, both ways, wherever JavaScript runs.
export {
  createUrlencodedDecoder,
  type UrlencodedDecoder,
  type UrlencodedDecoderOptions,
  type UrlencodedHandler,
} from "./codec/urlencoded/urlencoded-decoder.js";
export {
  createUrlencodedEncoder,
  encodeUrlencoded,
  type UrlencodedEncoder,
  type UrlencodedPair,
} from "./codec/urlencoded/urlencoded-encoder.js";
export { percentDecode } from "./codec/urlencoded/percent-decode.js";
export { percentEncode } from "./codec/urlencoded/percent-encode.js";
export type { OctetSource } from "./codec/multipart/octet-source.js";
export { type Fault, type FaultCode, isWaybillError, WaybillError } from "./base/fault.js";
export { defaultLimits, type Limits } from "./base/limits.js";
