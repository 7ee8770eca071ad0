// XML to value, by the XML Object (OAS §4.26). Elements and attributes are matched by local name and
// namespace, never by prefix; what the schema does not name is reported, not dropped.
import { WaybillError } from "../base/fault.js";
import { isObject, setOwn } from "../base/json.js";
import type { Limits } from "../base/limits.js";
import { formatPointer } from "../base/pointer.js";
import { decodeXmlName } from "../base/xml-name.js";
import { createXmlReader, type XmlElement } from "../codec/xml/xml-reader.js";
import type { XmlPlan } from "../plan/xml-plan.js";
import type { BodyContext } from "./body-context.js";
import { within } from "./fault-list.js";
import { storeTextFiles, TextFile, type TextPlace } from "./text-file.js";
import { parseTextValue } from "./text-value.js";
import { readOrdered } from "./xml-order.js";

const xsi = "http://www.w3.org/2001/XMLSchema-instance";

/** `place`: where the value stands in that of the request. */
export function parseXmlValue(
  context: BodyContext,
  text: string,
  plan: XmlPlan,
  place: TextPlace,
): unknown {
  return storeTextFiles(context, readDocument(text, plan, context.limits), place);
}

function readDocument(text: string, plan: XmlPlan, limits: Limits): unknown {
  const reader = createXmlReader({ limits });
  reader.write(text);
  const root = reader.end();
  const scope = scopeOf({ local: "", uri: "", prefix: "", attributes: [], children: [root] });
  const value = readNode(scope, plan);
  if (scope.taken.has(root)) return value;
  const detail = `The root element is <${root.local}>, expected <${nameOf(plan)}>.`;
  throw new WaybillError({ code: "invalid-value", detail });
}

/** An element and those of its children that were read. */
interface Scope {
  readonly element: XmlElement;
  readonly taken: Set<XmlElement>;
}

function scopeOf(element: XmlElement): Scope {
  return { element, taken: new Set() };
}

/** The value whose node stands in this element; undefined when there is none. */
function readNode(scope: Scope, plan: XmlPlan): unknown {
  switch (plan.node) {
    case "attribute":
      return readAttribute(scope.element, plan);
    case "text":
    case "cdata":
      return readText(scope.element, plan);
    case "none":
      return readNone(scope, plan);
    case "element":
      return readChild(scope, plan);
  }
}

// A missing attribute is how null is written (OAS 3.1.2 §4.8.26.3 "Handling null Values").
function readAttribute({ attributes }: XmlElement, plan: XmlPlan): unknown {
  const found = attributes.find((attribute) => isNamed(attribute, plan));
  if (found) return parseText(found.value, plan);
  return plan.nullable ? null : undefined;
}

function readText(element: XmlElement, plan: XmlPlan): unknown {
  const hasElements = element.children.some((child) => typeof child !== "string");
  const text = textOf(element);
  // White space beside elements, or around a CDATA section, is there for the eye.
  const seen = plan.node === "cdata" ? (element.cdata ?? text) : hasElements ? text.trim() : text;
  return seen === "" && !plan.text.types.includes("string") && !plan.text.types.includes("null")
    ? undefined
    : parseText(seen, plan);
}

function readNone(scope: Scope, plan: XmlPlan): unknown {
  if (plan.kind === "text") return readText(scope.element, plan);
  if (plan.kind === "node") return plan.inner && readNode(scope, plan.inner);
  if (plan.kind === "array") {
    const items = itemsOf(scope, plan);
    return items.length > 0 ? items : undefined;
  }
  const members = membersOf(scope, plan);
  return Object.keys(members).length > 0 ? members : undefined;
}

function readChild(scope: Scope, plan: XmlPlan): unknown {
  const [first, ...more] = childrenOf(scope, plan);
  if (!first) return undefined;
  if (more.length === 0) return readElement(first, plan);
  throw new WaybillError({
    code: "invalid-value",
    detail: `The element <${nameOf(plan)}> stands ${more.length + 1} times, expected once.`,
  });
}

/** Marks them as read. */
function childrenOf({ element, taken }: Scope, plan: XmlPlan): XmlElement[] {
  const found = element.children.filter(
    (child): child is XmlElement =>
      typeof child !== "string" && !taken.has(child) && isNamed(child, plan),
  );
  for (const child of found) taken.add(child);
  return found;
}

function readElement(element: XmlElement, plan: XmlPlan): unknown {
  const nil = element.attributes.find(({ local, uri }) => local === "nil" && uri === xsi)?.value;
  if (nil === "true" || nil === "1") return null;
  const scope = scopeOf(element);
  if (plan.kind === "node") return plan.inner && readNode(scope, plan.inner);
  if (plan.kind === "array") return itemsOf(scope, plan);
  return plan.kind === "text" || (plan.mixed && isText(element))
    ? parseText(textOf(element), plan)
    : objectOf(scope, plan);
}

function isText({ attributes, children }: XmlElement): boolean {
  return attributes.length === 0 && children.length > 0 && children.every(isString);
}

function objectOf(scope: Scope, plan: XmlPlan): object {
  const value = membersOf(scope, plan);
  for (const child of scope.element.children) {
    if (typeof child === "string" || scope.taken.has(child)) continue;
    const name = decodeXmlName(child.local);
    if (plan.properties.has(name)) throw notThatElement(child, name);
    addLoose(value, name, looseValue(child));
  }
  return value;
}

// Called as a property is, but not as its element: it must not take its place.
function notThatElement({ local, uri }: XmlElement, name: string): WaybillError {
  const where = uri === "" ? "" : ` of the namespace ${JSON.stringify(uri)}`;
  const detail = `The element <${local}>${where} is not known here.`;
  return new WaybillError({ code: "unknown-property", detail, pointer: formatPointer([name]) });
}

function membersOf(scope: Scope, plan: XmlPlan): object {
  const value = {};
  for (const [name, inner] of plan.properties) {
    const read = within(name, () => readNode(scope, inner));
    if (read !== undefined) setOwn(value, name, read);
  }
  return value;
}

function itemsOf(scope: Scope, plan: XmlPlan): unknown[] {
  const { prefixItems, items } = plan;
  if (prefixItems.length > 0)
    return readOrdered(scope.element, plan, {
      isNamed,
      text: parseText,
      element(child, own) {
        scope.taken.add(child);
        return own ? readElement(child, own) : looseValue(child);
      },
    });
  if (!items) return [];
  if (items.node !== "element") return textsOf(scope.element, items);
  return childrenOf(scope, items).map((child, index) =>
    within(index, () => readElement(child, items)),
  );
}

function textsOf({ children }: XmlElement, plan: XmlPlan): unknown[] {
  const texts = children.filter(isString).filter((text) => text.trim() !== "");
  return texts.map((text, index) => within(index, () => parseText(text, plan)));
}

// No schema describes it: text stays text, elements become members, and several of a name an array.
function looseValue(element: XmlElement): unknown {
  if (element.children.every(isString)) return textOf(element);
  const value = {};
  for (const child of element.children)
    if (typeof child !== "string") addLoose(value, decodeXmlName(child.local), looseValue(child));
  return value;
}

function addLoose(value: object, name: string, member: unknown): void {
  const known = isObject(value) && Object.hasOwn(value, name) ? value[name] : undefined;
  if (known === undefined) setOwn(value, name, member);
  else if (Array.isArray(known)) known.push(member);
  else setOwn(value, name, [known, member]);
}

// White space around what is no string says nothing (XML Schema 1.1-2 §4.3.6, `collapse`).
function parseText(text: string, { text: plan, file }: XmlPlan): unknown {
  if (file) return new TextFile(text, file);
  return parseTextValue(plan.types.includes("string") ? text : text.trim(), plan);
}

function textOf(element: XmlElement): string {
  return element.children.filter(isString).join("");
}

function isString(child: XmlElement | string): child is string {
  return typeof child === "string";
}

function nameOf({ name = "any" }: XmlPlan): string {
  return name;
}

type Named = Pick<XmlElement, "local" | "uri">;

function isNamed({ local, uri }: Named, { name, alias, namespace }: XmlPlan): boolean {
  const fits = name === undefined || local === name || (alias !== undefined && local === alias);
  return fits && (namespace === undefined || uri === namespace);
}
