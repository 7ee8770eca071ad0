// The object that a form stands for, put together part by part, whatever their order (OAS §4.8.15.4).
import type { PartPlace } from "../base/fault.js";
import { setOwn } from "../base/json.js";
import { formatPointer } from "../base/pointer.js";
import type { FormPlan } from "../plan/media-type-plan.js";
import type { PropertyPlan } from "../plan/property-plan.js";
import type { BodyContext } from "./body-context.js";

/** Where a name leads: to a property, or to one member of an object property. */
export interface Route {
  readonly plan: PropertyPlan;
  readonly property: string;
  readonly member?: string;
}

export interface FormValue {
  /** Undefined for a name that the schema refuses. */
  route(name: string): Route | undefined;
  /** Where the next value of this property will stand. */
  pointer(route: Route): string;
  add(route: Route, value: unknown, part?: PartPlace): void;
  /** Which part a pointer into the value came from. */
  partAt(pointer: string): PartPlace | undefined;
  value(): Record<string, unknown>;
}

interface Held {
  readonly plan: PropertyPlan;
  readonly values: unknown[];
  readonly members: Record<string, unknown> | undefined;
}

export function createFormValue(context: BodyContext, form: FormPlan): FormValue {
  const held = new Map<string, Held>();
  const parts = new Map<string, PartPlace>();
  const members = memberRoutes(form);
  const patterns = form.patterns.map(([pattern, plan]) => [compilePattern(pattern), plan] as const);

  const route = (name: string): Route | undefined => {
    const direct = form.properties.get(name);
    if (direct && !isSpread(direct)) return { plan: direct, property: name };
    const member = members.get(name);
    if (member) return member;
    const plan = direct ?? patterns.find(([pattern]) => pattern.test(name))?.[1] ?? form.additional;
    return plan && { plan, property: name };
  };

  const pointer = ({ plan, property, member }: Route): string => {
    if (member !== undefined) return formatPointer([property, member]);
    return formatPointer(
      plan.many === "many" && !isDelimited(plan)
        ? [property, held.get(property)?.values.length ?? 0]
        : [property],
    );
  };

  const add = (to: Route, value: unknown, part?: PartPlace): void => {
    const { plan, property, member } = to;
    const at = pointer(to);
    const known = held.get(property) ?? {
      plan,
      values: [],
      members: member === undefined ? undefined : {},
    };
    held.set(property, known);
    if (part) parts.set(at, part);
    if (member !== undefined && known.members) {
      if (Object.hasOwn(known.members, member)) noteDuplicate(context, at, member, part);
      else setOwn(known.members, member, value);
    } else if (known.values.length > 0 && plan.many === "one")
      noteDuplicate(context, at, property, part);
    else known.values.push(value);
  };

  return {
    route,
    pointer,
    add,
    partAt: (place) => partAt(parts, place),
    value: () => {
      const value = {};
      for (const [name, each] of held) setOwn(value, name, propertyValue(each));
      return value;
    },
  };
}

function propertyValue({ plan, values, members }: Held): unknown {
  if (members) return members;
  return plan.many === "many" || (plan.many === "either" && values.length > 1) ? values : values[0];
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

function isSpread({ style }: PropertyPlan): boolean {
  if (style?.kind !== "object") return false;
  return style.style === "deepObject" || (style.style === "form" && style.explode);
}

// One text is the whole array, so its place is that of the array.
function isDelimited({ style }: PropertyPlan): boolean {
  return style?.kind === "array" && !(style.style === "form" && style.explode);
}

function compilePattern(pattern: string): RegExp {
  try {
    return new RegExp(pattern, "u");
  } catch {
    return /^(?!)/; // not a pattern: matches no name
  }
}

function partAt(parts: ReadonlyMap<string, PartPlace>, pointer: string): PartPlace | undefined {
  for (let at = pointer; at !== ""; at = at.slice(0, at.lastIndexOf("/"))) {
    const found = parts.get(at) ?? parts.get(`${at}/0`);
    if (found) return found;
  }
  return undefined;
}
