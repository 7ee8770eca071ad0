// A schema of the document as a JSON Schema 2020-12 of its own, for validating assembled values:
// references become `$defs`, files become the `waybillFile` keyword and `uniqueItems` becomes
// `waybillUnique`, which compares files too; read-only members are left out.
import { arrayOr, isObject, setOwn } from "../base/json.js";
import { formatPointer } from "../base/pointer.js";
import type { SchemaView } from "../openapi/schema.js";
import type { Compiler } from "./compiler.js";
import { contentPlanOf, type ContentPlan } from "./content-plan.js";
import { filePlanOf } from "./file-plan.js";
import { assertsOctets } from "./asserts-octets.js";
import type { FormPlan } from "./media-type-plan.js";
import type { PropertyPlan } from "./property-plan.js";

export interface StandaloneOptions {
  /** The root is a form: its properties are what these plans say. */
  readonly form?: FormPlan;
  /** The root is an array of parts: its items are what these plans say. */
  readonly parts?: ItemPlans;
  /** The root is one part, as this plan says. */
  readonly part?: PropertyPlan;
  /** The root comes as text, so it is a string where JSON would have a file. */
  readonly text?: boolean;
}

/** The plans of an array's items, by position and for the rest. */
export interface ItemPlans {
  readonly prefix: readonly PropertyPlan[];
  readonly rest: PropertyPlan;
}

type Schema = Record<string, unknown>;

/** Keywords that hold one schema, a list of them, or a map of them (JSON Schema 2020-12 §10, §11). */
const oneSchema = new Set([
  "additionalProperties",
  "unevaluatedProperties",
  "items",
  "unevaluatedItems",
  "contains",
  "not",
  "if",
  "then",
  "else",
  "propertyNames",
]);
const schemaList = new Set(["allOf", "anyOf", "oneOf", "prefixItems"]);
const inPlaceOnly = new Set(["not", "if", "then", "else"]);
/** Says nothing about validity, or means something else outside its document. */
const dropped = new Set([
  "$id",
  "$schema",
  "$anchor",
  "$dynamicAnchor",
  "$defs",
  "definitions",
  "$comment",
  "title",
  "description",
  "discriminator",
  "xml",
  "example",
  "examples",
  "externalDocs",
  "nullable",
  "contentEncoding",
  "contentMediaType",
  "contentSchema",
  "default",
  "deprecated",
  "readOnly",
  "writeOnly",
]);

/** Copies what the schema needs and nothing else of the document. */
export function standaloneSchema(
  compiler: Compiler,
  schema: unknown,
  options: StandaloneOptions = {},
): Schema {
  const defs: Schema = {};
  const copy = createCopier(compiler, defs);
  const root = copyRoot(copy, schema, options);
  return { ...(isObject(root) ? root : root === false ? { not: {} } : {}), $defs: defs };
}

function copyRoot(
  copy: Copier,
  schema: unknown,
  { form, parts, part, text = false }: StandaloneOptions,
): unknown {
  if (form) return copy.form(schema, form);
  if (parts) return copy.parts(schema, parts);
  return part ? copy.part(schema, part) : copy.value(schema, { optional: false, text });
}

/** How a value stands: it may be missing, and it may come as text, which is never a file itself. */
interface Standing {
  readonly optional: boolean;
  readonly text: boolean;
}

const inJson: Standing = { optional: false, text: false };

interface Copier {
  value(schema: unknown, standing: Standing): unknown;
  form(schema: unknown, plan: FormPlan): unknown;
  parts(schema: unknown, plans: ItemPlans): unknown;
  part(schema: unknown, plan: PropertyPlan): unknown;
}

function createCopier(compiler: Compiler, defs: Schema): Copier {
  const { rules } = compiler.document;
  // By how they are copied and what they name: one reference may mean several things, where there are `$dynamicRef`s.
  const names = new Map<unknown, Map<unknown, string>>();

  const value = (schema: unknown, { optional, text }: Standing): unknown => {
    if (!isObject(schema)) return schema !== false;
    const view = compiler.view(schema);
    if (!text && filePlanOf(rules, view, "json"))
      return fileSchema({
        nullable: optional || view.types?.has("null") === true,
        others: !view.types && view.contentEncoding !== undefined,
        ...contentOf(view),
      });
    return copyNode(schema, {
      ...plainly,
      view,
      property: (inner, name) => value(inner, { optional: !view.required.has(name), text: false }),
      item: (inner) => value(inner, { optional: false, text }),
      inPlace: (inner) => value(inner, { optional: false, text }),
      how: text ? " as text" : "",
    });
  };

  const plainly = {
    pattern: (inner: unknown) => value(inner, inJson),
    rest: (inner: unknown) => value(inner, inJson),
    item: (inner: unknown) => value(inner, inJson),
    isVoid: () => false,
  };

  const form = (schema: unknown, plan: FormPlan): unknown => {
    if (!isObject(schema)) return schema !== false;
    const view = compiler.view(schema);
    const patterns = new Map(plan.patterns);
    return copyNode(schema, {
      ...plainly,
      view,
      property: (inner, name) => field(plan.properties.get(name), inner, !view.required.has(name)),
      pattern: (inner, pattern) => field(patterns.get(pattern), inner, false),
      rest: (inner) => field(plan.additional, inner, false),
      inPlace: (inner) => form(inner, plan),
      isVoid: (inner) => assertsOctets(compiler, inner, plan),
      how: plan,
    });
  };

  const field = (plan: PropertyPlan | undefined, schema: unknown, optional: boolean): unknown => {
    if (plan?.parts) return plan.many === "one" ? part(schema, plan) : nestedParts(plan, schema);
    return plan?.carried === "file"
      ? filePart(plan, schema)
      : value(schema, { optional, text: plan?.carried === "text" });
  };

  const parts = (schema: unknown, plans: ItemPlans): unknown => {
    if (!isObject(schema)) return schema !== false;
    const view = compiler.view(schema);
    const out = copyNode(schema, {
      ...plainly,
      view,
      property: (inner) => value(inner, inJson),
      inPlace: (each) => parts(each, plans),
      how: plans,
    });
    const { prefix, rest } = plans;
    const own = arrayOr(schema["prefixItems"]);
    const { items } = schema;
    const count = items === undefined ? own.length : Math.max(own.length, prefix.length);
    if (count > 0)
      out["prefixItems"] = Array.from({ length: count }, (_, position) =>
        part(position < own.length ? own[position] : items, prefix[position] ?? rest),
      );
    if (items !== undefined) out["items"] = part(items, rest);
    return out;
  };

  const part = (schema: unknown, plan: PropertyPlan): unknown => {
    if (schema === false) return false;
    if (plan.parts?.kind === "positional") return parts(schema, plan.parts.parts);
    if (plan.parts) return form(schema, plan.parts.form);
    return plan.carried === "file"
      ? fileSchema({ nullable: compiler.view(schema).types?.has("null") === true })
      : value(schema, { optional: false, text: plan.carried === "text" });
  };

  const nestedParts = (plan: PropertyPlan, schema: unknown): unknown => ({
    type: "array",
    items: part(compiler.view(schema).items ?? {}, plan),
    ...arrayKeywords(schema),
  });

  const filePart = (plan: PropertyPlan, schema: unknown): unknown => {
    if (plan.many === "one")
      return fileSchema({ nullable: true, ...contentOf(compiler.view(schema)) });
    const many = {
      type: "array",
      items: fileSchema({ nullable: false }),
      ...arrayKeywords(schema),
    };
    return plan.many === "many" ? many : { anyOf: [fileSchema({ nullable: true }), many] };
  };

  const arrayKeywords = (schema: unknown): Schema => {
    const nodes = [schema, ...compiler.view(schema).branches].filter(isObject);
    const found: Schema = {};
    for (const node of nodes) {
      for (const key of ["minItems", "maxItems"]) if (key in node) found[key] = node[key];
      if (node["uniqueItems"] === true) found["waybillUnique"] = true;
    }
    return found;
  };

  /** The content keywords of this very schema: those behind its `$ref` and `allOf` are copied there. */
  const contentOf = (view: SchemaView): { content?: ContentPlan } => {
    const content = contentPlanOf(view, (inner) => standaloneSchema(compiler, inner));
    return content ? { content } : {};
  };

  const copyNode = (schema: Schema, how: Copying): Schema => {
    const out: Schema = {};
    if (["contentEncoding", "contentMediaType"].some((key) => key in schema)) {
      const { content } = contentOf(how.view);
      if (content && rules.contentKeywords) out["waybillContent"] = content;
    }
    if (typeof schema["$ref"] === "string") {
      const target = reference(schema, how);
      if (rules.refHidesSiblings) return target;
      Object.assign(out, target);
    }
    const unjudged = how.isVoid(schema["if"]);
    for (const [key, inner] of Object.entries(schema)) {
      if (unjudged && (key === "if" || key === "then" || key === "else")) continue;
      copyKeyword(out, key, inner, how);
    }
    if (rules.draftWrightSchema) fromDraftWright(schema, out);
    return out;
  };

  const copyKeyword = (out: Schema, key: string, inner: unknown, how: Copying): void => {
    if (key === "$ref" || dropped.has(key) || key.startsWith("x-")) return;
    if (key === "not" && how.isVoid(inner)) return;
    if (key === "properties" && isObject(inner)) {
      out[key] = mapSchemas(inner, (each, name) => {
        if (compiler.isApart(each)) return true;
        return withDefault(how.property(each, name), compiler.view(each).default);
      });
    } else if (key === "required") {
      out[key] = arrayOr(inner).filter((name) => !isReadOnly(compiler, how.view, name));
    } else if (key === "patternProperties" && isObject(inner)) {
      out[key] = mapSchemas(inner, how.pattern);
    } else if (key === "dependentSchemas" && isObject(inner)) {
      out[key] = mapSchemas(inner, how.inPlace);
    } else if (schemaList.has(key) && Array.isArray(inner)) {
      const schemas = inner.map(key === "prefixItems" ? how.item : how.inPlace);
      out[isVagueUnion(key, schemas, how.view) ? "anyOf" : key] = schemas;
    } else if (oneSchema.has(key) && typeof inner === "object") {
      out[key] = copierOf(key, how)(inner);
    } else if (key === "uniqueItems") {
      if (inner === true) out["waybillUnique"] = true;
    } else {
      out[key] = inner;
    }
  };

  const copierOf = (key: string, how: Copying): ((inner: unknown) => unknown) => {
    if (inPlaceOnly.has(key)) return how.inPlace;
    if (key === "items") return how.item;
    const isRest = key === "additionalProperties" || key === "unevaluatedProperties";
    return isRest ? how.rest : (inner) => value(inner, inJson);
  };

  const reference = (schema: Schema, { inPlace, how }: Copying): Schema => {
    const { node, ref = "" } = compiler.document.follow(schema);
    const known = names.get(how) ?? new Map<unknown, string>();
    names.set(how, known);
    const suffix = typeof how === "string" ? how : "prefix" in how ? " in parts" : " as a form";
    const name = known.get(node) ?? freeName(defs, ref + suffix);
    if (!Object.hasOwn(defs, name)) {
      known.set(node, name);
      setOwn(defs, name, {}); // before its content, which may lead back here
      setOwn(defs, name, inPlace(node));
    }
    return { $ref: `#/$defs/${encodeURIComponent(formatPointer([name]).slice(1))}` };
  };

  return { value, form, parts, part };
}

function freeName(defs: Readonly<Schema>, name: string): string {
  let free = name;
  for (let count = 2; Object.hasOwn(defs, free); count++) free = `${name} (${count})`;
  return free;
}

/** The keyword `waybillFile`. */
export interface FileSchema {
  readonly nullable: boolean;
  /** What is no string is not meant by it (JSON Schema 2020-12 §8.2). */
  readonly others?: boolean;
  readonly content?: ContentPlan;
}

/** What becomes of the schemas within a schema, by where they stand. */
interface Copying {
  readonly view: SchemaView;
  readonly property: (inner: unknown, name: string) => unknown;
  readonly pattern: (inner: unknown, pattern: string) => unknown;
  /** For properties that nothing names. */
  readonly rest: (inner: unknown) => unknown;
  readonly item: (inner: unknown) => unknown;
  /** For the same value. */
  readonly inPlace: (inner: unknown) => unknown;
  /** Nobody can say whether it holds, so nothing may depend on it. */
  readonly isVoid: (inner: unknown) => boolean;
  /** By which plan, or as what: tells the copies of one component apart. */
  readonly how: FormPlan | ItemPlans | "" | " as text";
}

// A reference or a URL that stands for a file fits other branches as well: which one is meant has no answer.
function isVagueUnion(key: string, schemas: readonly unknown[], { keywords }: SchemaView): boolean {
  const hasFile = schemas.some((schema) => isObject(schema) && "waybillFile" in schema);
  return key === "oneOf" && hasFile && !keywords.has("anyOf");
}

// Only here can it stand for what is missing. Of a file there can be none.
function withDefault(schema: unknown, otherwise: unknown): unknown {
  if (otherwise === undefined || !isObject(schema) || "waybillFile" in schema) return schema;
  return { ...schema, default: otherwise };
}

function fileSchema(said: FileSchema): Schema {
  return { waybillFile: said };
}

function mapSchemas(
  map: Readonly<Schema>,
  copy: (schema: unknown, name: string) => unknown,
): Schema {
  const out: Schema = {};
  for (const [name, schema] of Object.entries(map)) setOwn(out, name, copy(schema, name));
  return out;
}

function isReadOnly(compiler: Compiler, view: SchemaView, name: unknown): boolean {
  const schema = typeof name === "string" ? view.properties.get(name) : undefined;
  if (schema === undefined) return false;
  const relaxed = compiler.document.rules.requiredSparesReadOnly && compiler.view(schema).readOnly;
  return relaxed || compiler.isApart(schema);
}

// OAS 3.0 Schema Object: `nullable`, and exclusive limits as booleans.
function fromDraftWright(schema: Schema, out: Schema): void {
  if (schema["nullable"] === true && typeof out["type"] === "string") {
    out["type"] = [out["type"], "null"];
    if (Array.isArray(out["enum"]) && !out["enum"].includes(null))
      out["enum"] = [...out["enum"], null];
  }
  for (const [exclusive, limit] of [
    ["exclusiveMinimum", "minimum"],
    ["exclusiveMaximum", "maximum"],
  ] as const) {
    if (typeof out[exclusive] !== "boolean") continue;
    const strict = out[exclusive];
    delete out[exclusive];
    if (strict && limit in out) {
      out[exclusive] = out[limit];
      delete out[limit];
    }
  }
}
