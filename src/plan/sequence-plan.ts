// Sequential media types (OAS 3.2 §4.14.3): a body of items, one after the other, that is an array.
import type { MediaType } from "../base/media-type.js";
import type { SchemaView } from "../openapi/schema.js";
import type { Compiler } from "./compiler.js";
import { standaloneSchema } from "./standalone-schema.js";
import { valuePlanOf, type ValuePlan } from "./value-plan.js";

export interface SequencePlan {
  readonly framing: Framing;
  /** Where files and read-only members stand in the array. */
  readonly value: ValuePlan | undefined;
  /** A standalone JSON Schema for each item on its own; undefined when the document has none. */
  readonly itemSchema: Readonly<Record<string, unknown>> | undefined;
}

export type Framing = "json-lines" | "json-seq" | "event-stream";

/** What the document says of a sequence: both fields may be there (OAS 3.2 §4.14.3.1.1). */
export interface SequenceSchemas {
  readonly schema: unknown;
  readonly itemSchema: unknown;
}

/**
 * Undefined for what is no sequence: another media type, or a schema that means something else by it. An array
 * under such a type is one in every version: there is no other way in which it could be there.
 */
export function sequencePlanOf(
  compiler: Compiler,
  range: MediaType,
  schemas: SequenceSchemas,
): SequencePlan | undefined {
  const framing = framingOf(range);
  if (!framing || !isSequence(compiler, schemas)) return undefined;
  const { itemSchema } = schemas;
  return {
    framing,
    value: valuePlanOf(compiler, arraySchemaOf(compiler, schemas)),
    itemSchema: itemSchema === undefined ? undefined : standaloneSchema(compiler, itemSchema),
  };
}

/** Do the schemas describe an array of items? */
export function isSequence(compiler: Compiler, { schema, itemSchema }: SequenceSchemas): boolean {
  if (itemSchema !== undefined || isArray(compiler.view(schema ?? {}))) return true;
  return schema === undefined && compiler.document.rules.sequences;
}

/** The array, each of whose items is what both schemas say of it. */
export function arraySchemaOf(
  compiler: Compiler,
  { schema, itemSchema }: SequenceSchemas,
): Readonly<{ prefixItems: readonly unknown[]; items: unknown }> {
  const { items, prefixItems } = compiler.view(schema ?? {});
  const both = (said: unknown): unknown => {
    if (itemSchema === undefined) return said ?? {};
    return said === undefined ? itemSchema : { allOf: [itemSchema, said] };
  };
  return { prefixItems: prefixItems.map(both), items: both(items) };
}

function isArray({ types, items, prefixItems }: SchemaView): boolean {
  return types ? types.has("array") : items !== undefined || prefixItems.length > 0;
}

const lineTypes = new Set(["jsonl", "x-jsonl", "jsonlines", "x-jsonlines", "ndjson", "x-ndjson"]);

function framingOf({ type, subtype }: MediaType): Framing | undefined {
  if (type === "text") return subtype === "event-stream" ? "event-stream" : undefined;
  if (type !== "application") return undefined;
  if (lineTypes.has(subtype)) return "json-lines";
  return subtype === "json-seq" || subtype.endsWith("+json-seq") ? "json-seq" : undefined;
}
