// XML Object (OAS §4.26): which node of an XML document each schema is. Compiled by name, with cycles kept.
import { isObject, objectOr, stringOr } from "../base/json.js";
import { encodeXmlName } from "../base/xml-name.js";
import { DocumentError } from "../openapi/document-error.js";
import type { SchemaView } from "../openapi/schema.js";
import type { Compiler } from "./compiler.js";
import { filePlanOf, type FilePlan } from "./file-plan.js";
import { textPlanOf, type TextPlan } from "./text-plan.js";

export type XmlNode = "element" | "attribute" | "text" | "cdata" | "none";

export interface XmlPlan {
  /** `none`: what is within stands where the value would. Never the node of an array's item, but for text. */
  readonly node: XmlNode;
  /** Local name of the element or attribute; undefined where none can be inferred: then any is taken. */
  readonly name: string | undefined;
  /** Another name that is taken: the property's, of a component that stands in it with its own. */
  readonly alias: string | undefined;
  readonly namespace: string | undefined;
  readonly prefix: string | undefined;
  /** `node`: the element holds another node, which is the value. */
  readonly kind: "object" | "array" | "text" | "node";
  /** Those with a namespace first. */
  readonly properties: ReadonlyMap<string, XmlPlan>;
  readonly prefixItems: readonly XmlPlan[];
  readonly items: XmlPlan | undefined;
  readonly inner: XmlPlan | undefined;
  readonly text: TextPlan;
  /** A text that is a file, in its encoding. */
  readonly file: FilePlan | undefined;
  /** An attribute that is missing is null. */
  readonly nullable: boolean;
  /** An object that may be mere text as well. */
  readonly mixed: boolean;
  /** Requests do without it. */
  readonly readOnly: boolean;
  /** Of an object: nothing else may stand in it. */
  readonly closed: boolean;
  /** Nothing is said of it: text, or whatever elements there are. */
  readonly any: boolean;
}

type Draft = { -readonly [Key in keyof XmlPlan]: XmlPlan[Key] };

/** `name`: where neither the schema nor its component has one. */
export function xmlPlanOf(compiler: Compiler, schema: unknown, name: string | undefined): XmlPlan {
  const called = name === undefined || name === "" ? undefined : encodeXmlName(name);
  // A document has one root: an array without an element of its own is given one.
  const element = compiler.view(schema).xml["nodeType"] !== "none";
  const plan = planOf(compiler, schema, { name: called, element }, new Map());
  checkEnds(plan);
  return plan;
}

/** Throws DocumentError where what is no node holds itself: nothing in the XML would say how deep. */
function checkEnds(root: XmlPlan): void {
  const done = new Set<XmlPlan>();
  const queue = [root];
  const visit = (plan: XmlPlan, above: readonly XmlPlan[]): void => {
    if (above.includes(plan)) {
      const name = JSON.stringify(plan.name ?? "");
      throw new DocumentError(
        `The schema ${name} is of \`nodeType: none\` and holds itself: in XML it has no end.`,
      );
    }
    if (done.has(plan)) return;
    done.add(plan);
    const { properties, prefixItems, items, inner } = plan;
    for (const child of [...properties.values(), inner])
      if (child?.node === "none" && child.kind !== "array") visit(child, [...above, plan]);
      else if (child) queue.push(child);
    queue.push(...prefixItems, ...(items ? [items] : []));
  };
  for (let plan = queue.pop(); plan; plan = queue.pop()) visit(plan, []);
}

interface Place {
  /** What the parents call it. */
  readonly name: string | undefined;
  /** It must be told from its neighbours, so `none` will not do. */
  readonly element?: boolean;
}

type Known = Map<unknown, Map<string, Draft>>;

function planOf(compiler: Compiler, schema: unknown, place: Place, known: Known): XmlPlan {
  const key = `${place.element === true} ${place.name ?? ""}`;
  const seen = known.get(schema)?.get(key);
  if (seen) return seen;
  const view = compiler.view(schema);
  const shape = shapeOf(compiler, view, new Set([schema]));
  const draft: Draft = {
    ...identityOf(compiler, schema, place, shape.kind),
    kind: shape.kind,
    properties: new Map(),
    prefixItems: [],
    items: undefined,
    inner: undefined,
    text: textOf(compiler, schema, shape),
    file: shape.kind === "text" ? fileOf(compiler, view) : undefined,
    nullable: compiler.document.rules.xmlNulls && shape.types.has("null"),
    mixed: shape.kind === "object" && scalarsOf(shape).length > 0,
    readOnly: compiler.isApart(schema),
    closed: view.additionalProperties === false,
    any: shape.kind === "text" && shape.types.size === 0,
  };
  known.set(schema, new Map(known.get(schema)).set(key, draft));
  const inner = elementWithin(compiler, schema, known);
  if (inner) Object.assign(draft, { kind: "node", inner });
  else fill(compiler, draft, { shape, place, known });
  return draft;
}

const scalars = ["boolean", "integer", "number", "string"];

function scalarsOf({ types }: Shape): string[] {
  return scalars.filter((type) => types.has(type));
}

// Also as one branch of `anyOf: [file, null]`.
function fileOf(compiler: Compiler, view: SchemaView): FilePlan | undefined {
  const { rules } = compiler.document;
  for (const each of [view, ...view.branches.map((branch) => compiler.view(branch))]) {
    const file = filePlanOf(rules, each, "json");
    if (file) return file;
  }
  return undefined;
}

// Beside an object only what is said to be text is.
function textOf(compiler: Compiler, schema: unknown, shape: Shape): TextPlan {
  const types = scalarsOf(shape);
  return shape.kind === "object" && types.length > 0 ? { types } : textPlanOf(compiler, schema);
}

interface Filling {
  readonly shape: Shape;
  readonly place: Place;
  readonly known: Known;
}

function fill(compiler: Compiler, draft: Draft, { shape, place, known }: Filling): void {
  const members = [...shape.properties].map(([property, schema]): [string, XmlPlan] => [
    property,
    planOf(compiler, schema, { name: encodeXmlName(property) }, known),
  ]);
  // A name without a namespace is taken in any: what says one comes first.
  draft.properties = new Map(members.sort(([, a], [, b]) => openness(a) - openness(b)));
  if (draft.kind !== "array") return;
  // Items are called as what they are in: the element around them, or else the property.
  const name = draft.node === "element" ? draft.name : place.name;
  const item = (schema: unknown): XmlPlan =>
    planOf(compiler, schema, { name, element: true }, known);
  draft.prefixItems = shape.prefixItems.map(item);
  draft.items = shape.items === false ? undefined : item(shape.items ?? {});
}

function openness({ namespace }: XmlPlan): number {
  return namespace === undefined ? 1 : 0;
}

type Identity = Pick<XmlPlan, "node" | "name" | "alias" | "namespace" | "prefix">;

function identityOf(
  compiler: Compiler,
  schema: unknown,
  place: Place,
  kind: XmlPlan["kind"],
): Identity {
  const { xml, component } = sourceOf(compiler, schema);
  const said = stringOr(xml["name"], undefined);
  const own = said === undefined ? undefined : encodeXmlName(said);
  const { xmlNodeTypes } = compiler.document.rules;
  // A reference is no node from 3.2 on: the component is, by its own name (OAS 3.2 §4.26.3).
  const inferred = xmlNodeTypes ? (component ?? place.name) : (place.name ?? component);
  const name = own ?? inferred;
  const node = nodeOf(xml, kind === "array", xmlNodeTypes);
  const isUnclear = node === "attribute" || (node === "none" && kind !== "text");
  return {
    node: place.element && isUnclear ? "element" : node,
    name,
    alias: own === undefined && place.name !== name ? place.name : undefined,
    namespace: stringOr(xml["namespace"], undefined),
    prefix: stringOr(xml["prefix"], undefined),
  };
}

interface Source {
  readonly xml: Readonly<Record<string, unknown>>;
  readonly component: string | undefined;
}

// Whose XML Object counts: from 3.2 on that beside a reference if it says what node it is, else what it names.
function sourceOf(compiler: Compiler, schema: unknown): Source {
  const view = compiler.view(schema);
  const component = view.component === undefined ? undefined : encodeXmlName(view.component);
  if (!compiler.document.rules.xmlNodeTypes) return { xml: view.xml, component };
  const own = objectOr(schema);
  if (typeof own["$ref"] !== "string")
    return { xml: isObject(own["xml"]) ? own["xml"] : view.xml, component: undefined };
  const beside = objectOr(own["xml"]);
  if (saysNode(beside)) return { xml: beside, component: undefined };
  return { xml: compiler.view(compiler.document.resolve(schema).node).xml, component };
}

// An element that is said beside a reference holds the element that it names, unless that is none.
function elementWithin(compiler: Compiler, schema: unknown, known: Known): XmlPlan | undefined {
  const own = objectOr(schema);
  if (!compiler.document.rules.xmlNodeTypes || typeof own["$ref"] !== "string") return undefined;
  if (objectOr(own["xml"])["nodeType"] !== "element") return undefined;
  const name = compiler.view(schema).component;
  const { node } = compiler.document.resolve(schema);
  const called = name === undefined ? undefined : encodeXmlName(name);
  const target = planOf(compiler, node, { name: called }, known);
  return target.node === "element" && target.kind !== "array" ? target : undefined;
}

function saysNode(xml: Readonly<Record<string, unknown>>): boolean {
  return ["nodeType", "attribute", "wrapped"].some((field) => field in xml);
}

const nodes: readonly XmlNode[] = ["element", "attribute", "text", "cdata", "none"];

function nodeOf(
  xml: Readonly<Record<string, unknown>>,
  isArray: boolean,
  nodeTypes: boolean,
): XmlNode {
  const said = nodeTypes ? nodes.find((node) => node === xml["nodeType"]) : undefined;
  if (said) return said;
  if (xml["attribute"] === true) return "attribute";
  return isArray && xml["wrapped"] !== true ? "none" : "element";
}

interface Shape {
  readonly kind: "object" | "array" | "text";
  readonly types: ReadonlySet<string>;
  readonly properties: ReadonlyMap<string, unknown>;
  readonly prefixItems: readonly unknown[];
  readonly items: unknown;
}

// What the schema and all branches of its unions describe together: XML does not say which one it is.
function shapeOf(compiler: Compiler, view: SchemaView, seen: Set<unknown>): Shape {
  const types = new Set(view.types);
  const properties = new Map(view.properties);
  let { items, prefixItems } = view;
  for (const branch of view.branches) {
    if (seen.has(branch)) continue;
    seen.add(branch);
    const inner = shapeOf(compiler, compiler.view(branch), seen);
    if (!view.types) for (const type of inner.types) types.add(type);
    for (const [name, schema] of inner.properties)
      if (!properties.has(name)) properties.set(name, schema);
    items ??= inner.items;
    if (prefixItems.length === 0) prefixItems = inner.prefixItems;
  }
  const isArray =
    types.has("array") || (types.size === 0 && (items !== undefined || prefixItems.length > 0));
  const isMap = types.has("object") || (types.size === 0 && properties.size > 0);
  return {
    kind: isMap ? "object" : isArray ? "array" : "text",
    types,
    properties,
    prefixItems,
    items,
  };
}
