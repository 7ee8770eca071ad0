// `style`, `explode` and `allowReserved` of an Encoding Object that do not do what they seem to (OAS §4.8.15.1.2).
import type { SchemaView } from "../openapi/schema.js";
import type { Compiler } from "./compiler.js";
import type { Finding } from "./lint.js";
import type { FormKind, PropertyPlan } from "./property-plan.js";
import { isStyled, styleFields } from "./style-plan.js";

/** An Encoding Object and what it is about. */
export interface EncodingPlace {
  readonly plan: PropertyPlan;
  readonly schema: unknown;
  readonly said: Readonly<Record<string, unknown>>;
  readonly kind: FormKind;
  /** Of the Encoding Object. */
  readonly pointer: string;
}

export function lintStyle(compiler: Compiler, place: EncodingPlace): Finding[] {
  const { plan, said, kind, pointer } = place;
  const fields = styleFields.filter((field) => field in said);
  if (fields.length === 0) return [];
  const names = `\`${fields.join("`, `")}\``;
  const found = (rule: Finding["rule"], detail: string, fix: string): Finding => ({
    rule,
    severity: "warning",
    pointer,
    detail,
    fix,
  });
  if (!isStyled(compiler, said, kind)) {
    const detail = `${names} counts in urlencoded bodies only, before OpenAPI 3.1.`;
    return [found("style-ignored", detail, `Remove ${names}, or say \`openapi: 3.1.2\`.`)];
  }
  if (plan.file)
    return [
      found("style-beats-content-type", `${names} has no meaning for a file.`, `Remove ${names}.`),
    ];
  const both = `${names} switches \`contentType\` off (OAS §4.8.15.1.2).`;
  const other = misfit(compiler, place);
  const nested = isNested(compiler, place)
    ? "Objects and arrays below the first level have no way to be said in this style."
    : undefined;
  return [
    ...(said["contentType"] === undefined
      ? []
      : [found("style-beats-content-type", both, "Keep one of the two.")]),
    ...(other === undefined
      ? []
      : [found("style-without-meaning", other, "Choose another style, or another `explode`.")]),
    ...(nested === undefined
      ? []
      : [found("style-of-nested", nested, "Carry the property as JSON.")]),
  ];
}

// The table of the Parameter Object (OAS §4.8.12.2): what is not in it has no meaning.
function misfit(compiler: Compiler, { schema, said }: EncodingPlace): string | undefined {
  const { style = "form", explode } = said;
  const shape = shapeOf(compiler.view(schema));
  switch (style) {
    case "form":
      return undefined;
    case "deepObject":
      if (shape !== "object") return "`deepObject` is for objects.";
      return explode === false ? "`deepObject` is the same whatever `explode` says." : undefined;
    case "spaceDelimited":
    case "pipeDelimited":
      if (shape === undefined) return `\`${style}\` is for arrays and objects.`;
      return explode === true ? `\`${style}\` has no meaning with \`explode: true\`.` : undefined;
    default:
      return `There is no style ${JSON.stringify(style)} for forms.`;
  }
}

function isNested(compiler: Compiler, { schema }: EncodingPlace): boolean {
  const view = compiler.view(schema);
  const inner = shapeOf(view) === "array" ? [view.items] : [...view.properties.values()];
  return inner.some((each) => shapeOf(compiler.view(each)) !== undefined);
}

function shapeOf({ types, properties, items }: SchemaView): "array" | "object" | undefined {
  if (types ? types.has("array") : items !== undefined) return "array";
  return (types ? types.has("object") : properties.size > 0) ? "object" : undefined;
}
