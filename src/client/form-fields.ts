// The values of a form, each with its name and plan: items of an array are values of their own, in their order
// (RFC 7578 §4.3), and what is not there is left out.
import { WaybillError } from "../base/fault.js";
import { formatPointer } from "../base/pointer.js";
import { createFormLookup } from "../plan/form-lookup.js";
import type { FormPlan } from "../plan/media-type-plan.js";
import type { PropertyPlan } from "../plan/property-plan.js";
import { knownFile } from "./file-input.js";
import { invalidValue } from "./invalid-value.js";
import { describedPart } from "./part-input.js";

export interface FormField {
  readonly name: string;
  readonly plan: PropertyPlan;
  /** Never undefined; null only where it can be told. */
  readonly value: unknown;
  readonly pointer: string;
}

export interface FormOptions {
  /**
   * What becomes of a property that is null, which forms have no way to say: left out, or sent as an empty text
   * (`null` where it is JSON) that a schema without strings can only mean so. Default `omit`.
   */
  readonly nulls?: "omit" | "empty";
}

/** Read-only properties stay at home (OAS Schema Object, `readOnly`). Throws `unknown-property`, `invalid-value`. */
export function formFields(
  form: FormPlan,
  value: Readonly<Record<string, unknown>>,
  { nulls = "omit" }: FormOptions,
): FormField[] {
  const lookup = createFormLookup(form);
  return Object.entries(value).flatMap(([name, given]): FormField[] => {
    const plan = lookup.find(name);
    const each = plainValue(given);
    if (each === undefined || plan?.readOnly) return [];
    if (!plan) throw unknownProperty(name);
    const pointer = formatPointer([name]);
    if (each === null)
      return nulls === "empty" && canBeNull(plan) ? [{ name, plan, value: null, pointer }] : [];
    checkMembers(form, plan, each);
    if (!Array.isArray(each) || plan.many === "one" || plan.style)
      return [{ name, plan, value: each, pointer }];
    return each.map((item: unknown, i) => {
      const at = formatPointer([name, i]);
      return { name, plan, value: itemValue(plan, plainValue(item), at), pointer: at };
    });
  });
}

/** As JSON has it: dates and URLs are texts. Node's Buffers would be as well. */
function plainValue(value: unknown): unknown {
  if (knownFile(value)) return value;
  if (typeof value !== "object" || value === null || !("toJSON" in value)) return value;
  return typeof value.toJSON === "function" ? value.toJSON() : value;
}

// To leave an item out would move those after it.
function itemValue(plan: PropertyPlan, item: unknown, pointer: string): unknown {
  if (item !== undefined && item !== null) return item;
  if (canBeNull(plan)) return null;
  throw invalidValue(pointer, "An item of a form's array cannot be null here.");
}

function canBeNull({ carried, text }: PropertyPlan): boolean {
  if (carried === "json") return true;
  return carried === "text" && text.types.includes("null") && !text.types.includes("string");
}

// `form` with `explode` gives members of an object the names of properties.
function checkMembers(form: FormPlan, { name, style }: PropertyPlan, value: unknown): void {
  const isSpread = style?.style === "form" && style.explode && !Array.isArray(value);
  if (!isSpread || typeof value !== "object" || describedPart(value).value !== value) return;
  const taken = Object.keys(value ?? {}).find((key) => key !== name && form.properties.has(key));
  if (taken === undefined) return;
  const detail = `The member ${JSON.stringify(taken)} would be sent as the property of that name.`;
  throw invalidValue(formatPointer([name, taken]), detail);
}

function unknownProperty(name: string): WaybillError {
  const detail = `The property ${JSON.stringify(name)} is not known here.`;
  return new WaybillError({ code: "unknown-property", detail, pointer: formatPointer([name]) });
}
