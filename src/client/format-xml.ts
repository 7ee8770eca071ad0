// Values as XML, by the XML Object (OAS §4.8.26): the other way round of reading them.
import { isObject } from "../base/json.js";
import type { XmlPlan } from "../plan/xml-plan.js";

/** One element, or for an array the element around its items. `null` is `xsi:nil` (OAS 3.1.2). */
export function formatXml(plan: XmlPlan, value: unknown): string {
  if (plan.kind === "array" && Array.isArray(value))
    return element(plan, "", itemsXml(plan, value));
  if (!isObject(value))
    return value === null ? element(plan, nil, "") : element(plan, "", escapeText(textOf(value)));
  const attributes = [...plan.properties].flatMap(([name, inner]) =>
    inner.attribute && value[name] !== undefined && value[name] !== null
      ? [` ${inner.name}="${escapeText(textOf(value[name]))}"`]
      : [],
  );
  return element(plan, attributes.join(""), membersXml(plan, value));
}

const nil = ' xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:nil="true"';

function membersXml(plan: XmlPlan, value: Readonly<Record<string, unknown>>): string {
  return Object.entries(value)
    .map(([name, each]) => {
      const inner = plan.properties.get(name) ?? looseXml(name);
      if (inner.attribute || each === undefined) return "";
      if (inner.kind !== "array" || !Array.isArray(each)) return formatXml(inner, each);
      return inner.wrapped ? element(inner, "", itemsXml(inner, each)) : itemsXml(inner, each);
    })
    .join("");
}

function itemsXml({ items }: XmlPlan, values: readonly unknown[]): string {
  return items ? values.map((each) => formatXml(items, each)).join("") : "";
}

function element({ name, namespace }: XmlPlan, attributes: string, content: string): string {
  const scope = namespace === undefined ? "" : ` xmlns="${escapeText(namespace)}"`;
  return `<${name}${scope}${attributes}>${content}</${name}>`;
}

// What no schema describes is written as it is named.
function looseXml(name: string): XmlPlan {
  return {
    name,
    namespace: undefined,
    attribute: false,
    kind: "text",
    wrapped: false,
    properties: new Map(),
    items: undefined,
    text: { types: ["string"] },
  };
}

function textOf(value: unknown): string {
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}

const entities: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "\r": "&#13;",
};

function escapeText(text: string): string {
  return text.replace(/[&<>"\r]/g, (char) => entities[char] ?? char);
}
