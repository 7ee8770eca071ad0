// Header Objects of a part (OAS §4.8.21), style `simple`: which headers, and what they may hold.
import { objectOr } from "../base/json.js";
import type { Compiler } from "./compiler.js";
import { standaloneSchema } from "./standalone-schema.js";
import { textPlanOf, type TextPlan } from "./text-plan.js";

export interface HeaderPlan {
  /** As the document spells it. */
  readonly name: string;
  readonly required: boolean;
  /** `schema: false`: the header must not be there. */
  readonly forbidden: boolean;
  readonly kind: "text" | "array" | "object";
  readonly explode: boolean;
  /** For `text`, and for the items of an array. */
  readonly text: TextPlan;
  readonly properties: ReadonlyMap<string, TextPlan>;
  /** A standalone JSON Schema for the parsed value. */
  readonly schema: Readonly<Record<string, unknown>>;
}

/** `Content-Type` among the headers is ignored (OAS §4.8.15). */
export function headerPlansOf(compiler: Compiler, headers: unknown): HeaderPlan[] {
  return Object.entries(objectOr(headers)).flatMap(([name, node]) =>
    name.toLowerCase() === "content-type" ? [] : headerPlanOf(compiler, name, node),
  );
}

function headerPlanOf(compiler: Compiler, name: string, node: unknown): HeaderPlan {
  const header = objectOr(compiler.document.resolve(node).node);
  const content = objectOr(Object.values(objectOr(header["content"]))[0]);
  const schema = header["schema"] ?? content["schema"] ?? {};
  const view = compiler.view(schema);
  const isArray = view.types?.has("array") === true;
  const isObject = view.types?.has("object") === true;
  return {
    name,
    required: header["required"] === true,
    forbidden: view.never,
    kind: isArray ? "array" : isObject ? "object" : "text",
    explode: header["explode"] === true,
    text: textPlanOf(compiler, isArray ? (view.items ?? {}) : schema),
    properties: new Map(
      [...view.properties].map(([key, inner]) => [key, textPlanOf(compiler, inner)]),
    ),
    schema: standaloneSchema(compiler, schema),
  };
}
