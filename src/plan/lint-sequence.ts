// What is wrong in how a document describes sequences and parts by position (OAS 3.2 §4.14).
import { arrayOr } from "../base/json.js";
import { formatPointer } from "../base/pointer.js";
import type { Compiler } from "./compiler.js";
import type { Finding } from "./lint.js";
import type { MediaTypePlan } from "./media-type-plan.js";
import type { PropertyPlan } from "./property-plan.js";

const laterFields = ["itemSchema", "prefixEncoding", "itemEncoding"];

export function lintSequence(
  compiler: Compiler,
  { body, range }: MediaTypePlan,
  node: Readonly<Record<string, unknown>>,
  pointer: string,
): Finding[] {
  const at = (...steps: (string | number)[]): string => pointer + formatPointer(steps);
  if (!compiler.document.rules.sequences)
    return laterFields.filter((field) => field in node).map((field) => later(at(field), field));
  if (body.kind !== "positional" || range.subtype !== "form-data") return [];
  const { prefix, rest } = body.parts;
  const parts: [string, PropertyPlan | undefined][] = [
    ...arrayOr(node["prefixEncoding"]).map((_, index): [string, PropertyPlan | undefined] => [
      at("prefixEncoding", index),
      prefix[index],
    ]),
    ...("itemEncoding" in node ? [[at("itemEncoding"), rest] as [string, PropertyPlan]] : []),
  ];
  return parts.filter(([, plan]) => plan && !hasName(plan)).map(([where]) => withoutName(where));
}

function hasName({ headers }: PropertyPlan): boolean {
  return headers.some(({ name }) => name.toLowerCase() === "content-disposition");
}

function later(pointer: string, field: string): Finding {
  return {
    rule: "from-a-later-version",
    severity: "warning",
    pointer,
    detail: `\`${field}\` is known from OpenAPI 3.2 on, and says nothing here.`,
    fix: "Say `openapi: 3.2.0`, or remove it.",
  };
}

function withoutName(pointer: string): Finding {
  return {
    rule: "part-without-name",
    severity: "error",
    pointer,
    detail: "A part of a form has a name, and by position only its headers can say it (OAS 3.2).",
    fix: "Add `headers: { Content-Disposition: { schema: { const: 'form-data; name=\"…\"' } } }`.",
  };
}
