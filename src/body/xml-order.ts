// The nodes of an element in the order that `prefixItems` says (OAS 3.2 §4.26.6 "Ordered Elements and Text").
import { WaybillError } from "../base/fault.js";
import type { XmlElement } from "../codec/xml/xml-reader.js";
import type { XmlPlan } from "../plan/xml-plan.js";
import { within } from "./fault-list.js";

/** How single nodes are read. */
export interface OrderedReading {
  isNamed(element: XmlElement, plan: XmlPlan): boolean;
  text(text: string, plan: XmlPlan): unknown;
  /** Without a plan: no schema describes it. */
  element(element: XmlElement, plan: XmlPlan | undefined): unknown;
}

/** Fewer nodes than `prefixItems` are an array that is shorter. Throws `invalid-value` for one out of place. */
export function readOrdered(
  { children }: XmlElement,
  { prefixItems, items }: XmlPlan,
  reading: OrderedReading,
): unknown[] {
  const values: unknown[] = [];
  let at = 0;
  while (at < children.length) {
    const index = values.length;
    const plan = prefixItems[index] ?? items;
    const child = children[at];
    const isText = plan !== undefined && plan.node !== "element";
    if (child === undefined) break;
    if (isText && typeof child !== "string") {
      // Only what `prefixItems` counts can be an empty text: of any more there is no end.
      if (index >= prefixItems.length) throw outOfPlace(index, `<${child.local}>`, plan);
      values.push(within(index, () => reading.text("", plan)));
      continue;
    }
    at++;
    if (typeof child !== "string") values.push(readElement(child, plan, { index, reading }));
    else if (isText) values.push(within(index, () => reading.text(child, plan)));
    else if (child.trim() !== "") throw outOfPlace(index, "text", plan);
  }
  return values;
}

function readElement(
  child: XmlElement,
  plan: XmlPlan | undefined,
  { index, reading }: { readonly index: number; readonly reading: OrderedReading },
): unknown {
  if (plan && !reading.isNamed(child, plan)) throw outOfPlace(index, `<${child.local}>`, plan);
  return within(index, () => reading.element(child, plan));
}

function outOfPlace(index: number, found: string, plan: XmlPlan | undefined): WaybillError {
  return new WaybillError({
    code: "invalid-value",
    detail: `Expected ${expectedBy(plan)} at position ${index}, found ${found}.`,
    pointer: `/${index}`,
  });
}

function expectedBy(plan: XmlPlan | undefined): string {
  if (!plan) return "nothing more";
  return plan.node === "element" ? `<${plan.name ?? "an element"}>` : "text";
}
