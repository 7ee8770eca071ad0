// Multipart bodies by position (OAS 3.2 §4.14.5.2): an array, each of whose items is a part, in order.
import { arrayOr, objectOr } from "../base/json.js";
import type { MediaType } from "../base/media-type.js";
import { DocumentError } from "../openapi/document-error.js";
import type { Compiler } from "./compiler.js";
import { headerPlansOf } from "./header-plan.js";
import type { MultipartShape } from "./media-type-plan.js";
import { propertyPlanOf, type PropertyPlan } from "./property-plan.js";
import { arraySchemaOf, isSequence, type SequenceSchemas } from "./sequence-plan.js";
import { standaloneSchema, type ItemPlans } from "./standalone-schema.js";
import { valuePlanOf, type ValuePlan } from "./value-plan.js";

export interface PositionPlan extends ItemPlans {
  /** Where read-only members stand in the array. */
  readonly value: ValuePlan | undefined;
  /** Standalone JSON Schemas for each item on its own, by position and for the rest. */
  readonly itemSchemas: ItemSchemas | undefined;
}

interface ItemSchemas {
  readonly prefix: readonly Readonly<Record<string, unknown>>[];
  readonly rest: Readonly<Record<string, unknown>>;
}

/** Encoding of a Media Type Object, or of an Encoding Object whose part is multipart itself. */
export type Encodings = Readonly<Record<string, unknown>>;

/** What the parts of a part are, where it is multipart itself (OAS 3.2 §4.15.2). */
export type NestedOf = (schema: unknown, encoding: Encodings) => MultipartShape | undefined;

/** Undefined where parts go by name. Throws DocumentError for fields that exclude each other. */
export function positionPlanOf(
  compiler: Compiler,
  range: MediaType,
  { schemas, encodings, nestedOf }: Positions,
): PositionPlan | undefined {
  if (!compiler.document.rules.sequences) return undefined;
  const positional = "prefixEncoding" in encodings || "itemEncoding" in encodings;
  if (positional) checkExclusion(compiler, schemas, encodings);
  const { schema, itemSchema } = schemas;
  const isArray = schema !== undefined || itemSchema !== undefined;
  if (!positional && !(isArray && isSequence(compiler, schemas))) return undefined;

  const { prefixItems, items } = arraySchemaOf(compiler, schemas);
  const prefixEncoding = arrayOr(encodings["prefixEncoding"]);
  const part = (position: number | undefined): PropertyPlan =>
    partPlanOf(compiler, range, {
      schema: position === undefined ? items : (prefixItems[position] ?? items),
      encoding: objectOr(
        position === undefined || position >= prefixEncoding.length
          ? encodings["itemEncoding"]
          : prefixEncoding[position],
      ),
      nestedOf,
    });
  const count = Math.max(prefixItems.length, prefixEncoding.length);
  const prefix = Array.from({ length: count }, (_, position) => part(position));
  const rest = part(undefined);
  const itemSchemaOf = (plan: PropertyPlan): Readonly<Record<string, unknown>> =>
    standaloneSchema(compiler, itemSchema, { part: plan });
  return {
    prefix,
    rest,
    value: valuePlanOf(compiler, { prefixItems, items }),
    itemSchemas:
      itemSchema === undefined
        ? undefined
        : { prefix: prefix.map(itemSchemaOf), rest: itemSchemaOf(rest) },
  };
}

export interface Positions {
  readonly schemas: SequenceSchemas;
  readonly encodings: Encodings;
  readonly nestedOf: NestedOf;
}

function checkExclusion(compiler: Compiler, schemas: SequenceSchemas, encodings: Encodings): void {
  if ("encoding" in encodings)
    throw new DocumentError("`encoding` excludes `prefixEncoding` and `itemEncoding`.");
  if (
    (schemas.schema === undefined && schemas.itemSchema === undefined) ||
    !isSequence(compiler, schemas)
  )
    throw new DocumentError(
      "`prefixEncoding` and `itemEncoding` need an array or an `itemSchema`.",
    );
}

interface PartParts {
  readonly schema: unknown;
  readonly encoding: Encodings;
  readonly nestedOf: NestedOf;
}

// An array is one part here, and `style` has no say (OAS 3.2 §4.15.1): as the item of an array goes by name.
function partPlanOf(
  compiler: Compiler,
  range: MediaType,
  { schema, encoding, nestedOf }: PartParts,
): PropertyPlan {
  const { contentType, headers } = encoding;
  const said = { contentType, headers };
  const plan = propertyPlanOf(compiler, "", { type: "array", items: schema }, said, "form-data");
  const own = { ...plan, many: "one", itemsMax: undefined } as const;
  return {
    ...own,
    parts: nestedOf(schema, encoding),
    undeclared: plan.carried === "text" && isOpenUnion(compiler, schema),
    headers: range.subtype === "byteranges" ? withRange(compiler, plan) : plan.headers,
  };
}

// Text, or anything: the part's own type tells which (the example of RFC 2557 in OAS 3.2 §4.15.4).
function isOpenUnion(compiler: Compiler, schema: unknown): boolean {
  const { branches } = compiler.view(schema);
  return branches.some((branch) => {
    const { types, properties, never } = compiler.view(branch);
    return types === undefined && properties.size === 0 && !never;
  });
}

// RFC 9110 §15.3.7.2: every part has it, whether the document says so or not.
function withRange(compiler: Compiler, { headers }: PropertyPlan): PropertyPlan["headers"] {
  if (headers.some(({ name }) => name.toLowerCase() === "content-range")) return headers;
  const schema = { type: "string", pattern: String.raw`^bytes \d+-\d+/(\d+|\*)$` };
  const header = { required: true, content: { "text/plain": { schema } } };
  return [...headers, ...headerPlansOf(compiler, { "Content-Range": header })];
}
