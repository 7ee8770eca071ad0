// The object that a form stands for, put together part by part, whatever their order (OAS §4.8.15.4).
import type { PartPlace } from "../base/fault.js";
import { setOwn } from "../base/json.js";
import { formatPointer } from "../base/pointer.js";
import { createFormLookup } from "../plan/form-lookup.js";
import type { FormPlan } from "../plan/media-type-plan.js";
import type { PropertyPlan } from "../plan/property-plan.js";
import type { BodyContext } from "./body-context.js";
import { parseBracketName } from "./bracket-name.js";
import { LateText } from "./late-text.js";

/** Where a name leads: to a property, or to one member of an object property. */
export interface Route {
  readonly plan: PropertyPlan;
  readonly property: string;
  /** By the property's style. */
  readonly member?: string;
  /** By brackets in the name: the way on within the property. */
  readonly inner?: Route;
}

/** Requests do without what stands there. */
export function isReadOnly({ plan, member, inner }: Route): boolean {
  if (inner) return isReadOnly(inner);
  if (plan.readOnly || member === undefined) return plan.readOnly;
  const { properties, additional } = plan.value ?? {};
  return (properties?.get(member) ?? additional)?.readOnly === true;
}

export interface FormValue {
  /** Undefined for a name that the schema refuses; what is to be read past has a route as well. */
  route(name: string): Route | undefined;
  /** Where the next value of this property will stand. */
  pointer(route: Route): string;
  /** How many values this property has so far. */
  count(route: Route): number;
  add(route: Route, value: unknown, part?: PartPlace): void;
  /** Which part a pointer into the value came from. */
  partAt(pointer: string): PartPlace | undefined;
  value(): Record<string, unknown>;
}

interface Held {
  readonly plan: PropertyPlan;
  readonly values: unknown[];
  readonly members: Record<string, unknown> | undefined;
  /** What names with brackets put together. */
  readonly inner: FormValue | undefined;
}

/** Where a form stands that is a property of another. */
interface Place {
  readonly pointer: string;
  readonly depth: number;
}

export function createFormValue(
  context: BodyContext,
  form: FormPlan,
  place: Place = { pointer: "", depth: 1 },
): FormValue {
  const held = new Map<string, Held>();
  const inners = new Map<string, FormValue>();
  const parts = new Map<string, PartPlace>();
  const members = memberRoutes(form);
  const lookup = createFormLookup(form);

  const route = (name: string): Route | undefined => {
    const direct = form.properties.get(name);
    if (direct && !isSpread(direct)) return { plan: direct, property: name };
    const member = members.get(name) ?? deepMember(form, name);
    if (member) return member;
    const plan = lookup.declared(name);
    if (plan) return { plan, property: name };
    const known = bracketed(name);
    // Brackets that lead nowhere within a property belong to the name as a whole.
    if (known || (place.depth > 1 && name.includes("["))) return known;
    return form.additional && { plan: form.additional, property: name };
  };

  const bracketed = (name: string): Route | undefined => {
    const parsed = context.options.bracketNames ? parseBracketName(name) : undefined;
    const plan = parsed && form.properties.get(parsed.base);
    if (!plan || plan.style) return undefined;
    const { base: property, rest } = parsed;
    if (rest === "") return plan.many === "one" ? undefined : { plan, property };
    if (!plan.members || plan.readOnly || place.depth >= context.limits.depthMax) return undefined;
    const inner = innerOf(property, plan.members).route(rest);
    return inner && { plan: inner.plan, property, inner };
  };

  const innerOf = (property: string, plan: FormPlan): FormValue => {
    const known = inners.get(property);
    if (known) return known;
    const at = place.pointer + formatPointer([property]);
    const made = createFormValue(context, plan, { pointer: at, depth: place.depth + 1 });
    inners.set(property, made);
    return made;
  };

  const pointer = ({ plan, property, member, inner }: Route): string => {
    if (inner) return inners.get(property)?.pointer(inner) ?? "";
    if (member !== undefined) return place.pointer + formatPointer([property, member]);
    const isItem = plan.many === "many" && !isDelimited(plan);
    return place.pointer + formatPointer(isItem ? [property, countOf(property)] : [property]);
  };

  const countOf = (property: string): number => held.get(property)?.values.length ?? 0;

  const add = (to: Route, value: unknown, part?: PartPlace): void => {
    const { plan, property, member } = to;
    const at = pointer(to);
    const known = held.get(property) ?? {
      plan,
      values: [],
      members: member === undefined ? undefined : {},
      inner: to.inner && inners.get(property),
    };
    held.set(property, known);
    if (part) parts.set(at, part);
    // One way for each property: a value, or members by brackets.
    if ((known.inner === undefined) !== (to.inner === undefined)) {
      noteDuplicate(context, at, property, part);
    } else if (to.inner && known.inner) {
      known.inner.add(to.inner, value, part);
    } else if (member !== undefined && known.members) {
      if (Object.hasOwn(known.members, member)) noteDuplicate(context, at, member, part);
      else setOwn(known.members, member, value);
    } else if (known.values.length > 0 && plan.many === "one")
      noteDuplicate(context, at, property, part);
    else known.values.push(value);
  };

  return {
    route,
    pointer,
    count: ({ property, inner }) =>
      inner ? (inners.get(property)?.count(inner) ?? 0) : countOf(property),
    add,
    partAt: (at) => partAt(parts, at),
    value: () => {
      const value = {};
      for (const [name, each] of held) setOwn(value, name, propertyValue(each));
      return value;
    },
  };
}

function propertyValue({ plan, values: given, members: named, inner }: Held): unknown {
  if (inner) return inner.value();
  if (named) return mapMembers(named);
  const values = given.flatMap((each) => (each instanceof LateText ? each.read() : [each]));
  return plan.many === "many" || (plan.many === "either" && values.length > 1) ? values : values[0];
}

function mapMembers(members: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const out = {};
  for (const [name, each] of Object.entries(members)) {
    for (const value of each instanceof LateText ? each.read() : [each]) setOwn(out, name, value);
  }
  return out;
}

function noteDuplicate(
  context: BodyContext,
  pointer: string,
  name: string,
  part: PartPlace | undefined,
): void {
  const detail = `The property ${JSON.stringify(name)} is no array and stands more than once.`;
  context.faults.add({ code: "duplicate-part", detail, pointer, ...(part ? { part } : {}) });
}

// `form` with explode gives each member a part of its own, deepObject names them `property[member]`.
function memberRoutes(form: FormPlan): Map<string, Route> {
  const routes = new Map<string, Route>();
  for (const [property, plan] of form.properties) {
    if (!isSpread(plan)) continue;
    for (const member of plan.style?.members.named.keys() ?? []) {
      const name = plan.style?.style === "deepObject" ? `${property}[${member}]` : member;
      routes.set(name, { plan, property, member });
    }
  }
  return routes;
}

// Of a member that the schema does not name; what is deeper than one level is none (OAS §4.8.12.6).
function deepMember({ properties }: FormPlan, name: string): Route | undefined {
  const parsed = parseBracketName(name);
  const plan = parsed && properties.get(parsed.base);
  if (!plan || !isSpread(plan) || plan.style?.style !== "deepObject") return undefined;
  const { base: property, rest: member } = parsed;
  return member === "" || member.includes("[") ? undefined : { plan, property, member };
}

function isSpread({ style }: PropertyPlan): boolean {
  if (style?.kind !== "object") return false;
  return style.style === "deepObject" || (style.style === "form" && style.explode);
}

// One text is the whole array, so its place is that of the array.
function isDelimited({ style }: PropertyPlan): boolean {
  return style?.kind === "array" && !(style.style === "form" && style.explode);
}

function partAt(parts: ReadonlyMap<string, PartPlace>, pointer: string): PartPlace | undefined {
  for (let at = pointer; at !== ""; at = at.slice(0, at.lastIndexOf("/"))) {
    const found = parts.get(at) ?? parts.get(`${at}/0`);
    if (found) return found;
  }
  return undefined;
}
