// Octets are outside the types of JSON: whether they are `type: string` has no answer, and where `not` or
// `if` turn on it, any would be wrong (OAS 3.1.1 §4.8.24, "Working with Binary Data").
import { isObject } from "../base/json.js";
import type { Compiler } from "./compiler.js";
import type { FormPlan } from "./media-type-plan.js";

/** Does the schema of a form, or one within it, say something of a property that comes as octets? */
export function assertsOctets(
  compiler: Compiler,
  schema: unknown,
  plan: FormPlan,
  seen = new Set<unknown>(),
): boolean {
  if (!isObject(schema) || seen.has(schema)) return false;
  seen.add(schema);
  const { properties, branches } = compiler.view(schema);
  const isAsserted = ([name, inner]: readonly [string, unknown]): boolean =>
    plan.properties.get(name)?.carried === "file" && inner !== true;
  return (
    [...properties].some(isAsserted) ||
    [...branches, schema["not"]].some((each) => assertsOctets(compiler, each, plan, seen))
  );
}
