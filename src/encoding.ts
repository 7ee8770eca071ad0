// `waybill/encoding`: base64 and its kin as streams, both ways, in Node, browsers, Deno, Bun and workers.
export {
  type ByteDecoder,
  createByteDecoder,
  type DecodingPolicy,
} from "./codec/encoding/byte-decoder.js";
export { type ByteEncoder, createByteEncoder } from "./codec/encoding/byte-encoder.js";
export { type ContentEncoding, parseContentEncoding } from "./codec/encoding/content-encoding.js";
export {
  createFileTextDecoder,
  type FileTextDecoderOptions,
} from "./codec/encoding/file-text-decoder.js";
export { decodeOctets, encodeOctets } from "./codec/encoding/transcode.js";
export { isInAlphabet } from "./codec/encoding/is-in-alphabet.js";
export type { OctetSource } from "./codec/multipart/octet-source.js";
export { type Fault, type FaultCode, isWaybillError, WaybillError } from "./base/fault.js";
