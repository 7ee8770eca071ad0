// Values as XML, by the XML Object (OAS §4.26): the other way round of reading them.
import { isObject } from "../base/json.js";
import { encodeXmlName } from "../base/xml-name.js";
import { createByteEncoder } from "../codec/encoding/byte-encoder.js";
import { parseContentEncoding } from "../codec/encoding/content-encoding.js";
import type { XmlPlan } from "../plan/xml-plan.js";
import { knownFile, type KnownFile } from "./file-input.js";
import { invalidValue } from "./invalid-value.js";

type Members = Readonly<Record<string, unknown>>;

/** A document without a declaration, and without read-only members (OAS Schema Object, `readOnly`). `null` is `xsi:nil`, or a missing attribute (OAS 3.1.2). */
export function formatXml(plan: XmlPlan, value: unknown): string {
  return nodeXml(plan, value ?? null);
}

/** Nothing for attributes: they stand in the tag. */
function nodeXml(plan: XmlPlan, value: unknown): string {
  if (value === undefined) return "";
  const file = knownFile(value);
  if (file) return nodeXml({ ...plan, kind: "text" }, fileText(plan, file));
  switch (plan.node) {
    case "attribute":
      return "";
    case "cdata":
      // A section has no way to say a carriage return (XML 1.0 §2.11); text has.
      if (textOf(value).includes("\r")) return escapeText(textOf(value));
      return `<![CDATA[${sound(textOf(value)).replaceAll("]]>", "]]]]><![CDATA[>")}]]>`;
    case "text":
      return escapeText(textOf(value));
    case "none":
      return contentXml(plan, value);
    case "element":
      if (value === null) return element(plan, nil, "");
      return element(
        plan,
        isObject(value) ? attributesXml(plan, value) : "",
        contentXml(plan, value),
      );
  }
}

const nil = ' xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:nil="true"';

function fileText({ file }: XmlPlan, { content }: KnownFile): string {
  if (!(content instanceof Uint8Array)) throw invalidValue("", "A file in XML must be in memory.");
  const encoder = createByteEncoder(parseContentEncoding(file?.encoding ?? "base64") ?? "base64");
  const ascii = new TextDecoder();
  return ascii.decode(encoder.write(content)) + ascii.decode(encoder.end());
}

function contentXml(plan: XmlPlan, value: unknown): string {
  if (plan.kind === "node" && plan.inner) return nodeXml(plan.inner, value);
  if (Array.isArray(value) && plan.kind === "array") return itemsXml(plan, value);
  return isObject(value) ? membersXml(plan, value) : escapeText(textOf(value));
}

function itemsXml({ prefixItems, items }: XmlPlan, values: readonly unknown[]): string {
  const item = (value: unknown, index: number): string =>
    nodeXml(prefixItems[index] ?? items ?? looseXml("item"), value ?? null);
  return values.map(item).join("");
}

function membersXml(plan: XmlPlan, value: Members): string {
  return Object.entries(value)
    .map(([name, each]) => {
      const inner = plan.properties.get(name);
      if (inner) return inner.readOnly ? "" : nodeXml(inner, each);
      const several = Array.isArray(each) ? each : [each];
      return several.map((one) => nodeXml(looseXml(encodeXmlName(name)), one)).join("");
    })
    .join("");
}

// Those of an object that is no node of its own stand with the others.
function attributesXml({ properties }: XmlPlan, value: Members): string {
  return [...properties]
    .map(([name, inner], index) => {
      const each = inner.readOnly ? undefined : value[name];
      if (inner.node === "none" && isObject(each)) return attributesXml(inner, each);
      if (inner.node !== "attribute" || each === undefined || each === null) return "";
      const file = knownFile(each);
      return attributeXml(inner, file ? fileText(inner, file) : textOf(each), index);
    })
    .join("");
}

// An attribute without a prefix is in no namespace (Namespaces in XML §6.2).
function attributeXml(plan: XmlPlan, text: string, index: number): string {
  const { name = "attribute", namespace } = plan;
  const said = `="${escapeAttribute(text)}"`;
  if (namespace === undefined) return ` ${name}${said}`;
  const prefix = prefixOf(plan) ?? `ns${index}`;
  return ` xmlns:${prefix}="${escapeAttribute(namespace)}" ${prefix}:${name}${said}`;
}

function element(plan: XmlPlan, attributes: string, content: string): string {
  const { name = "root", namespace } = plan;
  const prefix = prefixOf(plan);
  const tag = prefix === undefined ? name : `${prefix}:${name}`;
  const declared = prefix === undefined ? "xmlns" : `xmlns:${prefix}`;
  const scope = namespace === undefined ? "" : ` ${declared}="${escapeAttribute(namespace)}"`;
  return `<${tag}${scope}${attributes}>${content}</${tag}>`;
}

// Without a namespace it has nothing to stand for; some prefixes are not free (Namespaces in XML §3).
function prefixOf({ prefix, namespace }: XmlPlan): string | undefined {
  if (namespace === undefined || prefix === undefined || /^xml/i.test(prefix)) return undefined;
  return encodeXmlName(prefix) === prefix ? prefix : undefined;
}

// What no schema describes is written as it is named.
function looseXml(name: string): XmlPlan {
  return {
    node: "element",
    name,
    alias: undefined,
    namespace: undefined,
    prefix: undefined,
    kind: "text",
    properties: new Map(),
    prefixItems: [],
    items: undefined,
    inner: undefined,
    text: { types: ["string"] },
    file: undefined,
    nullable: false,
    mixed: false,
    readOnly: false,
    closed: false,
    any: true,
  };
}

function textOf(value: unknown): string {
  if (value === null) return "";
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}

const entities: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "\t": "&#9;",
  "\n": "&#10;",
  "\r": "&#13;",
};

function escapeText(text: string): string {
  return sound(text).replace(/[&<>\r]/g, (char) => entities[char] ?? char);
}

// Line ends and tabs would be read as spaces there (XML 1.0 §3.3.3).
function escapeAttribute(text: string): string {
  return sound(text).replace(/[&<>"\t\n\r]/g, (char) => entities[char] ?? char);
}

// XML 1.0 §2.2: not even as a number.
const outside = /[^\t\n\r\x20-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/u;

function sound(text: string): string {
  if (!outside.test(text)) return text;
  throw invalidValue("", "The value has a character that XML cannot say.");
}
