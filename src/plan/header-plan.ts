// Header Objects of a part (OAS §4.8.21), style `simple`: which headers, and what they may hold.
import { objectOr } from "../base/json.js";
import { isJson, parseMediaTypes } from "../base/media-type.js";
import type { SchemaView } from "../openapi/schema.js";
import type { Compiler } from "./compiler.js";
import { standaloneSchema } from "./standalone-schema.js";
import { memberTypesOf, textPlanOf, type MemberTypes, type TextPlan } from "./text-plan.js";

export interface HeaderPlan {
  /** As the document spells it. */
  readonly name: string;
  readonly required: boolean;
  /** `schema: false`: the header must not be there. */
  readonly forbidden: boolean;
  /** `json`: the Header Object has `content` of that type in place of a schema. */
  readonly kind: "text" | "array" | "object" | "json";
  readonly explode: boolean;
  /** For `text`, and for the items of an array. */
  readonly text: TextPlan;
  readonly members: MemberTypes;
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
  const [mediaType, content] = Object.entries(objectOr(header["content"]))[0] ?? [];
  const said = objectOr(compiler.document.resolve(content).node);
  const schema = header["schema"] ?? said["schema"] ?? {};
  const view = compiler.view(schema);
  const kind = mediaType === undefined ? kindOf(view) : contentKindOf(mediaType);
  return {
    name,
    required: header["required"] === true,
    forbidden: view.never,
    kind,
    explode: header["explode"] === true,
    text: textPlanOf(compiler, kind === "array" ? (view.items ?? {}) : schema),
    members: memberTypesOf(compiler, view),
    schema: standaloneSchema(compiler, schema, { text: true }),
  };
}

// Under any other type than JSON the value is its text (OAS 3.2 §4.21.2).
function contentKindOf(mediaType: string): "text" | "json" {
  return parseMediaTypes(mediaType).some(isJson) ? "json" : "text";
}

function kindOf({ types }: SchemaView): "text" | "array" | "object" {
  return types?.has("array") ? "array" : types?.has("object") ? "object" : "text";
}
