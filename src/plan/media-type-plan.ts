// What an operation accepts for one media type of its request body (OAS §4.8.14 Media Type Object).
import { objectOr, stringOr } from "../base/json.js";
import {
  covers,
  isJson,
  isRange,
  isXml,
  parseMediaType,
  parseMediaTypes,
  type MediaType,
} from "../base/media-type.js";
import type { Compiler } from "./compiler.js";
import { filePlanOf, type FilePlan } from "./file-plan.js";
import { once } from "./once.js";
import { propertyPlanOf, type FormKind, type PropertyPlan } from "./property-plan.js";
import {
  positionPlanOf,
  type Encodings,
  type NestedOf,
  type PositionPlan,
} from "./position-plan.js";
import {
  isSequence,
  sequencePlanOf,
  type SequencePlan,
  type SequenceSchemas,
} from "./sequence-plan.js";
import { standaloneSchema } from "./standalone-schema.js";
import { textPlanOf, type TextPlan } from "./text-plan.js";
import { valuePlanOf, type ValuePlan } from "./value-plan.js";
import { xmlPlanOf, type XmlPlan } from "./xml-plan.js";

export interface MediaTypePlan {
  /** The key in `content`. */
  readonly range: MediaType;
  /** A standalone JSON Schema for the assembled value; undefined when the document has none. Made when first asked for. */
  readonly schema: Readonly<Record<string, unknown>> | undefined;
  readonly body: BodyShape;
}

export type BodyShape =
  | { readonly kind: "json"; readonly value: ValuePlan | undefined }
  | { readonly kind: "xml"; readonly xml: XmlPlan; readonly value: ValuePlan | undefined }
  | { readonly kind: "text"; readonly text: TextPlan }
  | { readonly kind: "sequence"; readonly sequence: SequencePlan }
  | { readonly kind: "raw"; readonly file: FilePlan }
  | { readonly kind: "urlencoded"; readonly form: FormPlan }
  | MultipartShape;

/** Parts by name, or by position. */
export type MultipartShape =
  | { readonly kind: "form-data"; readonly form: FormPlan }
  | { readonly kind: "positional"; readonly parts: PositionPlan };

export interface FormPlan {
  readonly properties: ReadonlyMap<string, PropertyPlan>;
  readonly patterns: readonly (readonly [pattern: string, plan: PropertyPlan])[];
  /** For names that no schema describes; undefined when such are refused. */
  readonly additional: PropertyPlan | undefined;
}

/** Undefined for a key that is no media type. */
export function mediaTypePlanOf(
  compiler: Compiler,
  key: string,
  node: unknown,
): MediaTypePlan | undefined {
  const range = parseMediaType(key);
  if (!range) return undefined;
  const mediaType = objectOr(compiler.document.resolve(node).node);
  const schema = mediaType["schema"];
  const body = bodyShapeOf(compiler, range, schema, mediaType);
  const standalone = once(() => schemaOf(compiler, schema, body));
  return {
    range,
    body,
    get schema() {
      return standalone();
    },
  };
}

function schemaOf(compiler: Compiler, schema: unknown, body: BodyShape): MediaTypePlan["schema"] {
  if (schema === undefined || body.kind === "raw") return undefined; // octets are outside JSON Schema
  if (body.kind === "positional") return standaloneSchema(compiler, schema, { parts: body.parts });
  return standaloneSchema(compiler, schema, "form" in body ? { form: body.form } : {});
}

function bodyShapeOf(
  compiler: Compiler,
  range: MediaType,
  schema: unknown,
  mediaType: Readonly<Record<string, unknown>>,
): BodyShape {
  const schemas = schemasOf(compiler, mediaType);
  const sequence = sequencePlanOf(compiler, range, schemas);
  if (sequence) return { kind: "sequence", sequence };
  if (range.type === "multipart") return multipartShapeOf(compiler, range, schemas, mediaType);
  if (isUrlencoded(range)) {
    const encoding = objectOr(mediaType["encoding"]);
    return { kind: "urlencoded", form: formPlanOf(compiler, schema, encoding, "urlencoded") };
  }
  if (isJson(range)) return { kind: "json", value: valuePlanOf(compiler, schema) };
  const view = compiler.view(schema ?? {});
  const file = filePlanOf(
    compiler.document.rules,
    view,
    "part",
    fileTypes(range, view.contentMediaType),
  );
  if (file)
    return {
      kind: "raw",
      file: {
        ...file,
        encoding: view.contentEncoding?.toLowerCase() === "binary" ? undefined : file.encoding,
      },
    };
  if (isXml(range)) {
    const xml = xmlPlanOf(compiler, schema ?? {}, undefined);
    return { kind: "xml", xml, value: valuePlanOf(compiler, schema) };
  }
  // Objects and arrays under a type that has no way to say them are JSON in practice.
  const complex = view.types?.has("object") || view.types?.has("array") || view.properties.size > 0;
  if (complex) return { kind: "json", value: valuePlanOf(compiler, schema) };
  if (range.type === "text") return { kind: "text", text: textPlanOf(compiler, schema) };
  return { kind: "raw", file: openFile(range) };
}

function schemasOf(
  { document }: Compiler,
  said: Readonly<Record<string, unknown>>,
): SequenceSchemas {
  const { schema, itemSchema } = said;
  return { schema, itemSchema: document.rules.sequences ? itemSchema : undefined };
}

// The key wins over a contentMediaType that contradicts it (OAS 3.1.1 §4.8.14); one that is narrower
// than a range, or beside octet-stream, says more than the key.
function fileTypes(range: MediaType, said?: string): string | undefined {
  const key = `${range.type}/${range.subtype}`;
  if (range.type === "*" || key === "application/octet-stream") return said;
  const narrower = said !== undefined && parseMediaTypes(said).every((type) => covers(range, type));
  return narrower && isRange(range) ? said : key;
}

function openFile(range: MediaType): FilePlan {
  const type = fileTypes(range);
  return {
    encoding: undefined,
    allowedTypes: type === undefined || type === "application/octet-stream" ? [] : [type],
    bytesMax: undefined,
    textBytesMax: undefined,
    image: range.type === "image",
  };
}

function isUrlencoded({ type, subtype }: MediaType): boolean {
  return type === "application" && subtype === "x-www-form-urlencoded";
}

// Named parts of other multipart types are read like form-data (OAS 3.1 §4.8.15.5, MAY).
function multipartShapeOf(
  compiler: Compiler,
  range: MediaType,
  schemas: SequenceSchemas,
  encodings: Encodings,
): MultipartShape {
  const nestedOf: NestedOf = (schema, encoding) => nestedShapeOf(compiler, schema, encoding);
  const parts = positionPlanOf(compiler, range, { schemas, encodings, nestedOf });
  if (parts) return { kind: "positional", parts };
  const encoding = objectOr(encodings["encoding"]);
  return { kind: "form-data", form: formPlanOf(compiler, schemas.schema, encoding, "form-data") };
}

// Text and files of such a type are what they are: a mail that is attached, say.
function nestedShapeOf(
  compiler: Compiler,
  schema: unknown,
  encoding: Encodings,
): MultipartShape | undefined {
  if (!compiler.document.rules.sequences) return undefined;
  const [range] = parseMediaTypes(stringOr(encoding["contentType"], ""));
  if (range?.type !== "multipart") return undefined;
  const schemas = { schema, itemSchema: undefined };
  const structured = isSequence(compiler, schemas) || compiler.view(schema).properties.size > 0;
  return structured ? multipartShapeOf(compiler, range, schemas, encoding) : undefined;
}

function formPlanOf(
  compiler: Compiler,
  schema: unknown,
  encoding: Readonly<Record<string, unknown>>,
  kind: FormKind,
): FormPlan {
  const view = compiler.view(schema ?? {});
  const properties = new Map<string, PropertyPlan>();
  for (const [name, property] of propertiesOf(compiler, schema, new Set())) {
    const own = Object.hasOwn(encoding, name) ? encoding[name] : {};
    const plan = propertyPlanOf(compiler, name, property, own, kind);
    const one = plan.many === "one" ? property : (compiler.view(property).items ?? {});
    const parts = kind === "urlencoded" ? undefined : nestedShapeOf(compiler, one, objectOr(own));
    properties.set(
      name,
      parts ? { ...plan, parts } : withMembers(plan, () => innerFormOf(compiler, property, kind)),
    );
  }
  const patterns = view.patternProperties.map(
    ([pattern, property]) =>
      [pattern, propertyPlanOf(compiler, pattern, property, {}, kind)] as const,
  );
  const additional = view.additionalProperties;
  return { properties, patterns, additional: additionalPlan(compiler, additional, kind) };
}

function withMembers(plan: PropertyPlan, compile: () => FormPlan): PropertyPlan {
  if (plan.carried !== "json" || plan.many !== "one" || plan.style) return plan;
  // Not by spreading: that would compile all that the plan compiles when it is asked for.
  return Object.defineProperty(plan, "members", {
    get: compile,
    enumerable: true,
  });
}

// One for each schema, however many ways lead to it: requests choose the ways, and plans stay.
function innerFormOf(compiler: Compiler, schema: unknown, kind: FormKind): FormPlan {
  const forms = compiler.forms[kind];
  const made = forms.get(schema) ?? formPlanOf(compiler, schema, {}, kind);
  forms.set(schema, made);
  return made;
}

function additionalPlan(
  compiler: Compiler,
  additional: unknown,
  kind: FormKind,
): PropertyPlan | undefined {
  if (additional === false) return undefined;
  if (typeof additional === "object") return propertyPlanOf(compiler, "", additional, {}, kind);
  return {
    ...propertyPlanOf(compiler, "", { type: "string" }, {}, kind),
    many: "either",
    undeclared: true,
  };
}

function propertiesOf(
  compiler: Compiler,
  schema: unknown,
  seen: Set<unknown>,
): Map<string, unknown> {
  if (seen.has(schema)) return new Map();
  seen.add(schema);
  const view = compiler.view(schema ?? {});
  const properties = new Map(view.properties);
  for (const branch of view.branches) {
    for (const [name, inner] of propertiesOf(compiler, branch, seen)) {
      if (!properties.has(name)) properties.set(name, inner);
    }
  }
  return properties;
}
