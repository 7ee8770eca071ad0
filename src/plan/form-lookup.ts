// Which plan a name of a form has: its property, the first pattern that it matches, or that of unknown names.
import type { FormPlan } from "./media-type-plan.js";
import { compilePattern } from "./name-pattern.js";
import type { PropertyPlan } from "./property-plan.js";

export interface FormLookup {
  /** Its property's, or that of a pattern. */
  declared(name: string): PropertyPlan | undefined;
  /** Undefined for a name that the schema refuses. */
  find(name: string): PropertyPlan | undefined;
}

/** Compiles the patterns once. */
export function createFormLookup(form: FormPlan): FormLookup {
  const patterns = form.patterns.map(([pattern, plan]) => [compilePattern(pattern), plan] as const);
  const declared = (name: string): PropertyPlan | undefined =>
    form.properties.get(name) ?? patterns.find(([pattern]) => pattern.test(name))?.[1];
  return { declared, find: (name) => declared(name) ?? form.additional };
}
