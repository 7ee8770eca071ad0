// XML to value, by the XML Object (OAS §4.8.26). Elements and attributes are matched by local name
// and namespace, never by prefix; what the schema does not name is reported, not dropped.
import { WaybillError } from "../base/fault.js";
import { setOwn } from "../base/json.js";
import type { Limits } from "../base/limits.js";
import { createXmlReader, type XmlElement } from "../codec/xml/xml-reader.js";
import type { XmlPlan } from "../plan/xml-plan.js";
import { within } from "./fault-list.js";
import { parseTextValue } from "./text-value.js";

const xsi = "http://www.w3.org/2001/XMLSchema-instance";

export function parseXmlValue(text: string, plan: XmlPlan, limits: Limits): unknown {
  const reader = createXmlReader({ limits });
  reader.write(text);
  const root = reader.end();
  if (!isNamed(root, plan)) {
    throw new WaybillError({
      code: "invalid-value",
      detail: `The root element is <${root.local}>, expected <${plan.name}>.`,
    });
  }
  return plan.kind === "array" && plan.items ? itemsOf(root, plan.items) : valueOf(root, plan);
}

function valueOf(element: XmlElement, plan: XmlPlan): unknown {
  const nil = element.attributes.find(({ local, uri }) => local === "nil" && uri === xsi)?.value;
  if (nil === "true" || nil === "1") return null;
  return plan.kind === "object"
    ? objectOf(element, plan)
    : parseTextValue(textOf(element), plan.text);
}

function objectOf(element: XmlElement, plan: XmlPlan): object {
  const value = {};
  const children = element.children.filter((child) => typeof child !== "string");
  const known = new Set<XmlElement>();
  for (const [name, inner] of plan.properties) {
    if (inner.attribute) {
      const found = element.attributes.find((attribute) => isNamed(attribute, inner));
      if (found)
        setOwn(
          value,
          name,
          within(name, () => parseTextValue(found.value, inner.text)),
        );
      continue;
    }
    const elements = elementsOf(children, inner);
    for (const each of elements) known.add(each);
    const read = within(name, () => readProperty(elements, inner));
    if (read !== undefined) setOwn(value, name, read);
  }
  for (const child of children)
    if (!known.has(child)) setOwn(value, child.local, looseValue(child));
  return value;
}

function elementsOf(children: readonly XmlElement[], plan: XmlPlan): XmlElement[] {
  const named = plan.kind === "array" && !plan.wrapped ? (plan.items ?? plan) : plan;
  return children.filter((child) => isNamed(child, named));
}

function readProperty(elements: readonly XmlElement[], plan: XmlPlan): unknown {
  const [first] = elements;
  if (!first) return undefined;
  if (plan.kind === "array" && plan.items) {
    const { items } = plan;
    return plan.wrapped
      ? itemsOf(first, items)
      : elements.map((element, index) => within(index, () => valueOf(element, items)));
  }
  if (elements.length === 1) return valueOf(first, plan);
  throw new WaybillError({
    code: "invalid-value",
    detail: `The element <${plan.name}> stands ${elements.length} times, expected once.`,
  });
}

function itemsOf(element: XmlElement, items: XmlPlan): unknown[] {
  return element.children
    .filter((child) => typeof child !== "string")
    .filter((child) => isNamed(child, items))
    .map((child, index) => within(index, () => valueOf(child, items)));
}

// No schema describes it: text stays text, elements become members.
function looseValue(element: XmlElement): unknown {
  const children = element.children.filter((child) => typeof child !== "string");
  if (children.length === 0) return textOf(element);
  const value = {};
  for (const child of children) setOwn(value, child.local, looseValue(child));
  return value;
}

function textOf(element: XmlElement): string {
  return element.children.filter((child) => typeof child === "string").join("");
}

function isNamed(node: { readonly local: string; readonly uri: string }, plan: XmlPlan): boolean {
  return node.local === plan.name && (plan.namespace === undefined || node.uri === plan.namespace);
}
