// `style`, `explode`, `allowReserved` of an Encoding Object: arrays and objects as delimited text.
import { stringOr } from "../base/json.js";
import type { SchemaView } from "../openapi/schema.js";
import type { Compiler } from "./compiler.js";
import { memberTypesOf, textPlanOf, type MemberTypes, type TextPlan } from "./text-plan.js";

export interface StylePlan {
  readonly style: "form" | "spaceDelimited" | "pipeDelimited" | "deepObject";
  readonly explode: boolean;
  readonly kind: "array" | "object";
  /** For arrays: the items. */
  readonly items: TextPlan;
  /** For objects. */
  readonly members: MemberTypes;
}

const styles = ["form", "spaceDelimited", "pipeDelimited", "deepObject"] as const;

/** The fields that switch `contentType` off where they count (OAS §4.8.15.1.2). */
export const styleFields = ["style", "explode", "allowReserved"] as const;

/** Does the Encoding Object say one of the three fields, and does the version let it count here? */
export function isStyled(
  { document }: Compiler,
  encoding: Readonly<Record<string, unknown>>,
  kind: "form-data" | "urlencoded",
): boolean {
  const counts = kind === "urlencoded" || document.rules.styleInFormData;
  return counts && styleFields.some((field) => field in encoding);
}

/** What stands under a style: an array by its items, an object by its members. */
export interface StyledSchema {
  readonly view: SchemaView;
  /** Of an array; undefined for what is none. */
  readonly items: unknown;
}

/** Undefined for what is neither array nor object: under every style, that is its plain text. */
export function stylePlanOf(
  compiler: Compiler,
  { view, items }: StyledSchema,
  encoding: Readonly<Record<string, unknown>>,
): StylePlan | undefined {
  const isObject = view.types ? view.types.has("object") : view.properties.size > 0;
  if (items === undefined && !isObject) return undefined;
  const style = styles.find((each) => each === stringOr(encoding["style"], "form")) ?? "form";
  const explode = encoding["explode"];
  return {
    style,
    explode: typeof explode === "boolean" ? explode : style === "form",
    kind: items === undefined ? "object" : "array",
    items: textPlanOf(compiler, items ?? {}),
    members: memberTypesOf(compiler, view),
  };
}
