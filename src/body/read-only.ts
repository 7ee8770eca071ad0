// Read-only members of a request: taken out, or refused (OAS 3.1 "Validating readOnly and writeOnly").
import { isObject } from "../base/json.js";
import { memberOf } from "../base/member-of.js";
import { formatPointer, type PointerStep } from "../base/pointer.js";
import type { ValuePlan } from "../plan/value-plan.js";
import type { BodyContext } from "./body-context.js";

/** Takes read-only members out of the value, in place. */
export function stripReadOnly(
  context: BodyContext,
  value: unknown,
  plan: ValuePlan | undefined,
  path: PointerStep[] = [],
): void {
  if (!plan) return;
  if (Array.isArray(value)) {
    for (const [index, item] of value.entries()) {
      stripReadOnly(context, item, plan.prefixItems?.[index] ?? plan.items, [...path, index]);
    }
  } else if (isObject(value)) {
    for (const name of Object.keys(value)) stripMember(context, value, name, plan, [...path, name]);
  }
}

function stripMember(
  context: BodyContext,
  value: Record<string, unknown>,
  name: string,
  plan: ValuePlan,
  path: PointerStep[],
): void {
  const inner = memberOf(plan, name);
  if (inner?.readOnly) {
    delete value[name];
    noteReadOnly(context, formatPointer(path));
  } else {
    stripReadOnly(context, value[name], inner, path);
  }
}

export function noteReadOnly(context: BodyContext, pointer: string): void {
  if (context.options.readOnly !== "reject") return;
  context.faults.add({ code: "read-only-property", detail: "The property is read-only.", pointer });
}
