// XML to value, by the XML Object (OAS §4.26). Elements and attributes are matched by local name and
// namespace, never by prefix. An element that nothing describes is a member of an object, and refused elsewhere;
// attributes and text are passed over, unless they stand in an object with `additionalProperties: false`.
import { WaybillError } from "../base/fault.js";
import { isObject, setOwn } from "../base/json.js";
import type { Limits } from "../base/limits.js";
import { formatPointer, parsePointer } from "../base/pointer.js";
import { decodeXmlName } from "../base/xml-name.js";
import { createXmlReader, type XmlAttribute, type XmlElement } from "../codec/xml/xml-reader.js";
import type { ValuePlan } from "../plan/value-plan.js";
import type { XmlPlan } from "../plan/xml-plan.js";
import type { BodyContext } from "./body-context.js";
import { within } from "./fault-list.js";
import { stripReadOnly } from "./read-only.js";
import { storeTextFiles, TextFile, type TextPlace } from "./text-file.js";
import { parseTextValue } from "./text-value.js";
import { readOrdered } from "./xml-order.js";

const xsi = "http://www.w3.org/2001/XMLSchema-instance";
/** Of attributes that may stand on any element. */
const ownNamespaces = new Set([xsi, "http://www.w3.org/XML/1998/namespace"]);

/** `place`: where the value stands in that of the request. */
export function parseXmlValue(
  context: BodyContext,
  text: string,
  { xml, value: plan }: XmlPlans,
  place: TextPlace,
): unknown {
  const value = readDocument(text, xml, context.limits);
  stripReadOnly(context, value, plan, parsePointer(place.pointer));
  return storeTextFiles(context, value, plan, place);
}

interface XmlPlans {
  readonly xml: XmlPlan;
  /** Where files and read-only members stand in the value. */
  readonly value: ValuePlan | undefined;
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

/** An element and what of it was read. */
interface Scope {
  readonly element: XmlElement;
  /** Its elements by local name. */
  readonly named: ReadonlyMap<string, readonly XmlElement[]>;
  readonly taken: Set<XmlElement | XmlAttribute>;
  text: boolean;
}

function scopeOf(element: XmlElement): Scope {
  const named = new Map<string, XmlElement[]>();
  for (const child of element.children) {
    if (typeof child === "string") continue;
    const known = named.get(child.local);
    if (known) known.push(child);
    else named.set(child.local, [child]);
  }
  return { element, named, taken: new Set(), text: false };
}

/** The value whose node stands in this element; undefined when there is none. */
function readNode(scope: Scope, plan: XmlPlan): unknown {
  switch (plan.node) {
    case "attribute":
      return readAttribute(scope, plan);
    case "text":
    case "cdata":
      return readText(scope, plan);
    case "none":
      return readNone(scope, plan);
    case "element":
      return readChild(scope, plan);
  }
}

// A missing attribute is how null is written (OAS 3.1.2 §4.8.26.3 "Handling null Values").
function readAttribute({ element, taken }: Scope, plan: XmlPlan): unknown {
  const found = element.attributes.find((attribute) => isNamed(attribute, plan));
  if (!found) return plan.nullable && !plan.readOnly ? null : undefined;
  taken.add(found);
  return parseText(found.value, plan);
}

function readText(scope: Scope, plan: XmlPlan): unknown {
  scope.text = true;
  const { element } = scope;
  const hasElements = element.children.some((child) => typeof child !== "string");
  const text = textOf(element);
  // White space beside elements, or around a CDATA section, is there for the eye.
  const seen = plan.node === "cdata" ? (element.cdata ?? text) : hasElements ? text.trim() : text;
  const { types } = plan.text;
  const isMissing = plan.readOnly || !(types.includes("string") || types.includes("null"));
  return seen === "" && isMissing ? undefined : parseText(seen, plan);
}

function readNone(scope: Scope, plan: XmlPlan): unknown {
  if (plan.kind === "text") return readText(scope, plan);
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
function childrenOf(scope: Scope, plan: XmlPlan): XmlElement[] {
  const { taken } = scope;
  const found = calledAs(scope, plan).filter((child) => !taken.has(child) && isNamed(child, plan));
  for (const child of found) taken.add(child);
  return found;
}

// One look each, however many children and properties there are; in document order.
function calledAs({ element, named }: Scope, { name, alias }: XmlPlan): readonly XmlElement[] {
  const called = name === undefined ? undefined : (named.get(name) ?? []);
  const other = alias === undefined ? [] : (named.get(alias) ?? []);
  if (called && (called.length === 0 || other.length === 0)) return called.concat(other);
  return element.children.filter((child) => typeof child !== "string");
}

function readElement(element: XmlElement, plan: XmlPlan): unknown {
  const nil = element.attributes.find(({ local, uri }) => local === "nil" && uri === xsi)?.value;
  const scope = scopeOf(element);
  const value = nil === "true" || nil === "1" ? null : contentOf(scope, plan);
  for (const child of element.children)
    if (typeof child !== "string" && !scope.taken.has(child)) throw unknownNode("element", child);
  return value;
}

function contentOf(scope: Scope, plan: XmlPlan): unknown {
  const { element } = scope;
  if (plan.kind === "node") return plan.inner && readNode(scope, plan.inner);
  if (plan.kind === "array") return itemsOf(scope, plan);
  if (plan.kind === "object" && !(plan.mixed && isText(element))) return objectOf(scope, plan);
  if (!plan.any || element.children.every(isString)) return parseText(textOf(element), plan);
  takeAll(scope);
  return looseValue(element);
}

function takeAll({ element, taken }: Scope): void {
  for (const child of element.children) if (typeof child !== "string") taken.add(child);
}

function isText({ attributes, children }: XmlElement): boolean {
  return attributes.length === 0 && children.length > 0 && children.every(isString);
}

function objectOf(scope: Scope, plan: XmlPlan): object {
  const value = membersOf(scope, plan);
  for (const child of scope.element.children) {
    if (typeof child === "string" || scope.taken.has(child)) continue;
    const name = decodeXmlName(child.local);
    // Called as a property is, but not as its element: it must not take its place, and is refused.
    if (plan.properties.has(name)) continue;
    scope.taken.add(child);
    addLoose(value, name, looseValue(child));
  }
  if (plan.closed) refuseMore(scope);
  return value;
}

function refuseMore({ element, taken, text }: Scope): void {
  for (const attribute of element.attributes)
    if (!taken.has(attribute) && !ownNamespaces.has(attribute.uri))
      throw unknownNode("attribute", attribute);
  if (text || textOf(element).trim() === "") return;
  const detail = `The element <${element.local}> holds text, but is to hold none.`;
  throw new WaybillError({ code: "unknown-property", detail, pointer: "" });
}

function unknownNode(kind: "element" | "attribute", { local, uri }: Named): WaybillError {
  const where = uri === "" ? "" : ` of the namespace ${JSON.stringify(uri)}`;
  const shown = kind === "element" ? `<${local}>` : JSON.stringify(local);
  const detail = `The ${kind} ${shown}${where} is not known here.`;
  const pointer = formatPointer([decodeXmlName(local)]);
  return new WaybillError({ code: "unknown-property", detail, pointer });
}

function membersOf(scope: Scope, plan: XmlPlan): object {
  const value = {};
  for (const [name, inner] of plan.properties) {
    const read = within(name, () => readMember(scope, inner));
    if (read !== undefined) setOwn(value, name, read);
  }
  return value;
}

// What is read-only is taken out or refused for standing there, whatever it says.
function readMember(scope: Scope, plan: XmlPlan): unknown {
  if (!plan.readOnly) return readNode(scope, plan);
  try {
    return readNode(scope, plan);
  } catch (error) {
    if (error instanceof WaybillError) return null;
    throw error;
  }
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
