// Text that stands for a JSON value: which types the schema lets it become (OAS Appendix B).
import type { Compiler } from "./compiler.js";

export interface TextPlan {
  /** JSON types that the text may become; never empty. `string` takes what no other type takes. */
  readonly types: readonly string[];
}

const scalarTypes = ["null", "boolean", "integer", "number", "string"];

/** No guessing: without a `type` (here or in the branches of anyOf and oneOf) text stays text. */
export function textPlanOf(compiler: Compiler, schema: unknown): TextPlan {
  const view = compiler.view(schema);
  const types = new Set<string>(view.types ?? []);
  if (!view.types) {
    for (const branch of view.branches)
      for (const type of textPlanOf(compiler, branch).types) types.add(type);
  }
  const scalars = scalarTypes.filter((type) => types.has(type));
  return { types: scalars.length > 0 ? scalars : ["string"] };
}
