// One property of a form: how its parts (or name-value pairs) carry it (OAS §4.8.15 Encoding Object).
import { isObject, objectOr, stringOr } from "../base/json.js";
import { isJson, isXml, parseMediaType, parseMediaTypes } from "../base/media-type.js";
import type { SchemaView } from "../openapi/schema.js";
import type { Compiler } from "./compiler.js";
import { filePlanOf, isBinaryType, type FilePlan } from "./file-plan.js";
import { headerPlansOf, type HeaderPlan } from "./header-plan.js";
import { stylePlanOf, type StylePlan } from "./style-plan.js";
import { textPlanOf, type TextPlan } from "./text-plan.js";
import { valuePlanOf, type ValuePlan } from "./value-plan.js";
import { xmlPlanOf, type XmlPlan } from "./xml-plan.js";

export interface PropertyPlan {
  readonly name: string;
  readonly carried: "file" | "json" | "xml" | "text";
  /** `many`: an array, one part for each item; `either`: one value or such an array. */
  readonly many: "one" | "many" | "either";
  /** Media types or ranges of a part. */
  readonly contentTypes: readonly string[];
  /** The document says the content types itself, so a part of another type is refused. */
  readonly explicit: boolean;
  readonly file: FilePlan | undefined;
  readonly value: ValuePlan | undefined;
  readonly text: TextPlan;
  readonly xml: XmlPlan | undefined;
  readonly headers: readonly HeaderPlan[];
  readonly style: StylePlan | undefined;
  readonly itemsMax: number | undefined;
  /** For arrays: its items are arrays themselves, so that one part is one inner array. */
  readonly nested: boolean;
  readonly readOnly: boolean;
  /** Not in the document: the part itself tells what it is. */
  readonly undeclared?: boolean;
}

export type FormKind = "form-data" | "urlencoded";

/** Compiles one property. `encoding` is its Encoding Object, `{}` when it has none. */
export function propertyPlanOf(
  compiler: Compiler,
  name: string,
  schema: unknown,
  encoding: unknown,
  kind: FormKind,
): PropertyPlan {
  const { document } = compiler;
  const said = objectOr(document.resolve(encoding).node);
  const view = compiler.view(schema);
  const style = stylePlanOf(compiler, view, said, kind);
  const array = arrayOf(compiler, view);
  const one = array.many === "one" ? schema : array.items;
  const explicitType = style ? undefined : stringOr(said["contentType"], undefined);
  const place = kind === "urlencoded" ? "json" : "part";
  const file = style ? undefined : fileOf(compiler, one, place, explicitType);
  const carried = file ? "file" : carriedOf(compiler, one, explicitType);
  return {
    name,
    carried,
    many: array.many,
    contentTypes: contentTypesOf(compiler, one, carried, explicitType),
    explicit: explicitType !== undefined,
    file,
    value: carried === "json" ? valuePlanOf(compiler, one) : undefined,
    text: textPlanOf(compiler, one),
    xml:
      carried === "xml"
        ? xmlPlanOf(compiler, one, compiler.view(one).component ?? name)
        : undefined,
    headers: kind === "urlencoded" ? [] : headerPlansOf(compiler, said["headers"]),
    style,
    itemsMax: array.itemsMax,
    nested: compiler.view(one).types?.has("array") === true,
    readOnly: view.readOnly,
  };
}

interface ArrayShape {
  readonly many: PropertyPlan["many"];
  readonly items: unknown;
  readonly itemsMax: number | undefined;
}

// `oneOf: [file, array of files]` is found in real documents and means what it says.
function arrayOf(compiler: Compiler, view: SchemaView): ArrayShape {
  const isArray = view.types ? view.types.has("array") : view.items !== undefined;
  if (isArray) {
    const many = [...(view.types ?? [])].some((type) => type !== "array" && type !== "null");
    return { many: many ? "either" : "many", items: view.items ?? {}, itemsMax: view.maxItems };
  }
  const branches = view.types ? [] : view.branches.map((branch) => compiler.view(branch));
  const array = branches.find(({ types }) => types?.has("array"));
  if (!array) return { many: "one", items: undefined, itemsMax: undefined };
  const alone = branches.every(({ types }) => types?.has("array") || types?.has("null"));
  return { many: alone ? "many" : "either", items: array.items ?? {}, itemsMax: array.maxItems };
}

/** The file that a schema means in this place, also as one branch of `anyOf: [file, null]`. */
function fileOf(
  compiler: Compiler,
  schema: unknown,
  place: "json" | "part",
  contentType: string | undefined,
  seen = new Set<unknown>(),
): FilePlan | undefined {
  if (seen.has(schema)) return undefined; // a branch leads back to its union
  seen.add(schema);
  const view = compiler.view(schema);
  const { rules } = compiler.document;
  const own = filePlanOf(rules, view, place, contentType);
  if (own) return own;
  for (const branch of view.branches) {
    const { types, keywords } = compiler.view(branch);
    if (types === undefined && keywords.size === 0) continue; // `anyOf: [{}, …]` says nothing
    const found = fileOf(compiler, branch, place, contentType, seen);
    if (found) return found;
  }
  return undefined;
}

function carriedOf(
  compiler: Compiler,
  schema: unknown,
  contentType: string | undefined,
): "json" | "xml" | "text" {
  const media = contentType === undefined ? [] : parseMediaTypes(contentType);
  const first = media[0];
  if (first && isJson(first)) return "json";
  const complex = isComplex(compiler, schema);
  if (first && complex && media.every(isXml)) return "xml";
  return complex ? "json" : "text";
}

function isComplex(compiler: Compiler, schema: unknown, seen = new Set<unknown>()): boolean {
  if (seen.has(schema)) return false;
  seen.add(schema);
  const view = compiler.view(schema);
  if (view.types)
    return (view.types.has("object") || view.types.has("array")) && !view.types.has("string");
  if (view.properties.size > 0 || isObject(view.items) || view.keywords.has("additionalProperties"))
    return true;
  return view.branches.some((branch) => isComplex(compiler, branch, seen));
}

// The table of default contentTypes (OAS 3.1.1 §4.8.15.1.1).
function contentTypesOf(
  compiler: Compiler,
  schema: unknown,
  carried: PropertyPlan["carried"],
  explicit: string | undefined,
): string[] {
  if (explicit !== undefined) return splitTypes(explicit);
  const said = compiler.view(schema).contentMediaType;
  if (carried === "file")
    return said === undefined ? ["application/octet-stream"] : splitTypes(said);
  if (carried === "text")
    return said !== undefined && !isBinaryType(said) ? splitTypes(said) : ["text/plain"];
  return ["application/json"];
}

function splitTypes(list: string): string[] {
  return list
    .split(",")
    .map((entry) => entry.trim())
    .filter((entry) => parseMediaType(entry) !== undefined);
}
