// An XML document read from a stream of UTF-8 octets, as a tree.
import { WaybillError } from "../../base/fault.js";
import { defaultLimits } from "../../base/limits.js";
import type { Limits } from "../../base/limits.js";
import { readOctets } from "../multipart/octet-source.js";
import type { OctetSource } from "../multipart/octet-source.js";
import { createXmlReader } from "./xml-reader.js";
import type { XmlElement } from "./xml-reader.js";

export interface DecodeXmlOptions {
  /** Each by name; see `defaultLimits`. `valueBytesMax`: octets of the document. */
  readonly limits?: Partial<Pick<Limits, "depthMax" | "keysMax" | "valueBytesMax">>;
}

/** The root element. Rejects with `malformed-xml`, `too-deep`, `too-many-keys` or `body-too-large`. */
export async function decodeXml(
  source: OctetSource,
  options: DecodeXmlOptions = {},
): Promise<XmlElement> {
  const limits = { ...defaultLimits, ...options.limits };
  const xml = createXmlReader({ limits });
  const utf8 = new TextDecoder("utf-8", { fatal: true });
  const reader = readOctets(source);
  let size = 0;
  try {
    for (let chunk = await reader.next(); chunk !== undefined; chunk = await reader.next()) {
      const room = limits.valueBytesMax - size;
      const within = chunk.length > room ? chunk.subarray(0, room) : chunk;
      xml.write(textOf(() => utf8.decode(within, { stream: true })));
      if (chunk.length > room) throw tooLarge(limits.valueBytesMax);
      size += chunk.length;
    }
    xml.write(textOf(() => utf8.decode()));
    return xml.end();
  } finally {
    await reader.close();
  }
}

function textOf(decode: () => string): string {
  try {
    return decode();
  } catch (cause) {
    const fault = { code: "malformed-xml", detail: "The XML is not valid UTF-8." } as const;
    throw new WaybillError(fault, { cause });
  }
}

function tooLarge(value: number): WaybillError {
  const detail = `The XML document is longer than ${value} octets.`;
  const limit = { name: "valueBytesMax", value };
  return new WaybillError({ code: "body-too-large", detail, offset: value, limit });
}
