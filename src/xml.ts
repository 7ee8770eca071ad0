// `waybill/xml`: XML documents as trees, without document types and entities.
export { decodeXml, type DecodeXmlOptions } from "./codec/xml/decode-xml.js";
export {
  createXmlReader,
  type XmlAttribute,
  type XmlElement,
  type XmlReader,
} from "./codec/xml/xml-reader.js";
export type { OctetSource } from "./codec/multipart/octet-source.js";
export { type Fault, type FaultCode, isWaybillError, WaybillError } from "./base/fault.js";
export { defaultLimits, type Limits } from "./base/limits.js";
