// One property of a form: how its parts (or name-value pairs) carry it (OAS §4.8.15 Encoding Object).
import { isObject, objectOr, stringOr } from "../base/json.js";
import { isJson, isXml, parseMediaType, parseMediaTypes } from "../base/media-type.js";
import type { SchemaView } from "../openapi/schema.js";
import type { Compiler } from "./compiler.js";
import { filePlanOf, isBinaryType, type FilePlan } from "./file-plan.js";
import type { FormPlan, MultipartShape } from "./media-type-plan.js";
import { headerPlansOf, type HeaderPlan } from "./header-plan.js";
import { compile } from "./once.js";
import { isStyled, stylePlanOf, type StylePlan } from "./style-plan.js";
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
  /** For `xml`, and for `json` that comes as XML all the same; compiled when it is first asked for. */
  readonly xml: XmlPlan | undefined;
  readonly headers: readonly HeaderPlan[];
  readonly style: StylePlan | undefined;
  /** Of pairs only: RFC 3986's reserved characters may stand as they are, where they mean nothing. */
  readonly allowReserved: boolean;
  readonly itemsMax: number | undefined;
  /** For arrays: its items are arrays themselves, so that one part is one inner array. */
  readonly nested: boolean;
  readonly readOnly: boolean;
  /** Not in the document: the part itself tells what it is. */
  readonly undeclared?: boolean;
  /** Of an object, where names like `property[member]` may lead. Compiled when first asked for: schemas recur. */
  readonly members?: FormPlan;
  /** Of a part that is a multipart body itself (OAS 3.2 §4.15.2). */
  readonly parts?: MultipartShape | undefined;
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
  const said = objectOr(compiler.document.resolve(encoding).node);
  const view = compiler.view(schema);
  const array = arrayOf(compiler, view);
  const one = array.many === "one" ? schema : array.items;
  const place = kind === "urlencoded" ? "json" : "part";
  const styled =
    isStyled(compiler, said, kind) && !isFileUnderStyle(compiler, array, schema, place);
  const style = styled ? stylePlanOf(compiler, { view, items: array.items }, said) : undefined;
  const contentType = styled ? undefined : stringOr(said["contentType"], undefined);
  const readAs = contentType ?? defaultTypeOf(compiler, one);
  const file = styled ? undefined : fileOf(compiler, one, place, readAs);
  const carried = file ? "file" : style ? "text" : carriedOf(compiler, one, contentType);
  let xml: XmlPlan | undefined;
  return {
    name,
    carried,
    many: array.many,
    contentTypes: contentTypesOf(compiler, one, carried, readAs),
    explicit: contentType !== undefined,
    file,
    value:
      carried === "json" || carried === "xml" || style ? valuePlanOf(compiler, one) : undefined,
    text: textPlanOf(compiler, one),
    get xml() {
      if (carried !== "json" && carried !== "xml") return undefined;
      return (xml ??= compile(() =>
        xmlPlanOf(compiler, one, compiler.view(one).component ?? name),
      ));
    },
    headers: kind === "urlencoded" ? [] : headerPlansOf(compiler, said["headers"]),
    style,
    allowReserved: kind === "urlencoded" && said["allowReserved"] === true,
    itemsMax: array.itemsMax,
    nested: compiler.view(one).types?.has("array") === true,
    readOnly: compiler.isApart(schema),
  };
}

// `style: form` stands beside every property in documents of some generators. What is a file without
// its help stays one; an array needs items that say so, as `{}` under a style may be any text.
function isFileUnderStyle(
  compiler: Compiler,
  { many, items }: ArrayShape,
  schema: unknown,
  place: "json" | "part",
): boolean {
  return many === "one"
    ? fileOf(compiler, schema, place, undefined) !== undefined
    : fileOf(compiler, items, "json", undefined) !== undefined;
}

/** What the table of defaults says, where `contentMediaType` is to change nothing of it. */
function defaultTypeOf(compiler: Compiler, schema: unknown): string | undefined {
  if (compiler.options.contentMediaType === "honor") return undefined;
  const { types, contentEncoding } = compiler.view(schema);
  if (isComplex(compiler, schema)) return "application/json";
  return types && contentEncoding === undefined ? "text/plain" : "application/octet-stream";
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

// Where text is allowed beside objects it stays text: schema search resolves no ambiguity (OAS 3.1.1 §4.8.24).
function isComplex(compiler: Compiler, schema: unknown): boolean {
  const types = new Set<string>();
  collectTypes(compiler, schema, types, new Set());
  return (types.has("object") || types.has("array")) && !types.has("string");
}

function collectTypes(
  compiler: Compiler,
  schema: unknown,
  types: Set<string>,
  seen: Set<unknown>,
): void {
  if (seen.has(schema)) return;
  seen.add(schema);
  const view = compiler.view(schema);
  if (view.types) for (const type of view.types) types.add(type);
  else if (view.properties.size > 0 || view.keywords.has("additionalProperties"))
    types.add("object");
  else if (isObject(view.items)) types.add("array");
  else for (const branch of view.branches) collectTypes(compiler, branch, types, seen);
}

// The table of default contentTypes (OAS 3.1.1 §4.8.15.1.1).
function contentTypesOf(
  compiler: Compiler,
  schema: unknown,
  carried: PropertyPlan["carried"],
  readAs: string | undefined,
): string[] {
  if (readAs !== undefined) return splitTypes(readAs);
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
