// What a field of a form has given, into the form's value: as it is, or as the items of its array.
import type { PartPlace } from "../base/fault.js";
import type { PropertyPlan } from "../plan/property-plan.js";
import type { BodyContext } from "./body-context.js";
import { noteFaults } from "./fault-list.js";
import { absent } from "./field-reader.js";
import { LateText } from "./late-text.js";
import type { FormValue, Route } from "./form-value.js";

export interface FieldPlace {
  readonly route: Route;
  readonly pointer: string;
  readonly part?: PartPlace | undefined;
}

export function addField(
  context: BodyContext,
  value: FormValue,
  { route, pointer, part }: FieldPlace,
  read: unknown,
): void {
  if (read === absent) return;
  if (!(read instanceof LateText)) {
    for (const each of itemsOf(route.plan, read)) value.add(route, each, part);
    return;
  }
  const late = (): readonly unknown[] => {
    try {
      return read.read().flatMap((each) => itemsOf(route.plan, each));
    } catch (error) {
      noteFaults(context.faults, error, { pointer, part });
      return [];
    }
  };
  value.add(route, new LateText(late), part);
}

// A whole array in one JSON text is what many clients send for an array property.
function itemsOf({ style, many, nested }: PropertyPlan, read: unknown): readonly unknown[] {
  const spread = style ? style.kind === "array" : many !== "one" && !nested;
  return spread && Array.isArray(read) ? (read as unknown[]) : [read];
}
