// Text that stands for a JSON value: which types the schema lets it become (OAS Appendix B).
import type { SchemaView } from "../openapi/schema.js";
import type { Compiler } from "./compiler.js";

export interface TextPlan {
  /** JSON types that the text may become; never empty. `string` takes what no other type takes. */
  readonly types: readonly string[];
}

/** What the members of an object may become that comes as one text. */
export interface MemberTypes {
  readonly named: ReadonlyMap<string, TextPlan>;
  /** For members that the schema does not name. */
  readonly others: TextPlan;
}

export function memberTypesOf(compiler: Compiler, view: SchemaView): MemberTypes {
  const { properties, additionalProperties } = view;
  const others = typeof additionalProperties === "object" ? additionalProperties : {};
  return {
    named: new Map([...properties].map(([key, inner]) => [key, textPlanOf(compiler, inner)])),
    others: textPlanOf(compiler, others),
  };
}

const scalarTypes = ["null", "boolean", "integer", "number", "string"];

/** No guessing: without a `type` (here or in the branches of anyOf and oneOf) text stays text. */
export function textPlanOf(compiler: Compiler, schema: unknown): TextPlan {
  const types = new Set<string>();
  collectTypes(compiler, schema, types, new Set());
  const known = scalarTypes.filter((type) => types.has(type));
  return { types: known.length > 0 ? known : ["string"] };
}

// Each schema once: a branch may lead back to its union.
function collectTypes(
  compiler: Compiler,
  schema: unknown,
  types: Set<string>,
  seen: Set<unknown>,
): void {
  if (seen.has(schema)) return;
  seen.add(schema);
  const view = compiler.view(schema);
  if (!view.types && view.branches.length > 0) {
    for (const branch of view.branches) collectTypes(compiler, branch, types, seen);
    return;
  }
  const scalars = scalarTypes.filter((type) => view.types?.has(type));
  for (const type of scalars.length > 0 ? scalars : ["string"]) types.add(type);
}
