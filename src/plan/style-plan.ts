// `style`, `explode`, `allowReserved` of an Encoding Object: arrays and objects as delimited text.
import { stringOr } from "../base/json.js";
import type { SchemaView } from "../openapi/schema.js";
import type { Compiler } from "./compiler.js";
import { textPlanOf, type TextPlan } from "./text-plan.js";

export interface StylePlan {
  readonly style: "form" | "spaceDelimited" | "pipeDelimited" | "deepObject";
  readonly explode: boolean;
  readonly kind: "array" | "object" | "text";
  /** For arrays: the items. */
  readonly items: TextPlan;
  /** For objects: the members, by name. */
  readonly properties: ReadonlyMap<string, TextPlan>;
}

const styles = ["form", "spaceDelimited", "pipeDelimited", "deepObject"] as const;

/**
 * The style, when the Encoding Object says one of the three fields and the version lets it count
 * (OAS §4.8.15.1.2). Never for files: some generators write `style: form` beside every property.
 */
export function stylePlanOf(
  compiler: Compiler,
  view: SchemaView,
  encoding: Readonly<Record<string, unknown>>,
  kind: "form-data" | "urlencoded",
): StylePlan | undefined {
  const said = ["style", "explode", "allowReserved"].some((field) => field in encoding);
  if (!said || (kind === "form-data" && !compiler.document.rules.styleInFormData)) return undefined;
  const shape = shapeOf(view);
  if (shape === "text") return undefined;
  const style = styles.find((each) => each === stringOr(encoding["style"], "form")) ?? "form";
  const explode = encoding["explode"];
  return {
    style,
    explode: typeof explode === "boolean" ? explode : style === "form",
    kind: shape,
    items: textPlanOf(compiler, view.items ?? {}),
    properties: new Map(
      [...view.properties].map(([key, inner]) => [key, textPlanOf(compiler, inner)]),
    ),
  };
}

function shapeOf(view: SchemaView): StylePlan["kind"] {
  if (view.types?.has("array")) return "array";
  return view.types?.has("object") ? "object" : "text";
}
