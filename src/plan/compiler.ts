// What every step of compiling shares: the document, and each schema looked at once.
import type { OpenApiDocument } from "../openapi/document.js";
import { createMergeSchemas, viewSchema, type SchemaView } from "../openapi/schema.js";
import type { FormPlan } from "./media-type-plan.js";
import type { FormKind } from "./property-plan.js";
import { createValueMemory, type ValueMemory } from "./value-plan.js";

/** Where the specification and what documents mean by it differ. */
export interface PlanOptions {
  /**
   * In forms, `contentMediaType` where no Encoding Object says `contentType`: `honor` takes it for the content type,
   * as most documents mean it; `ignore` goes by the table of defaults alone (OAS 3.1.1 §4.8.24). Default `honor`.
   */
  readonly contentMediaType: "honor" | "ignore";
  /**
   * What to do with `readOnly` members of a request (OAS 3.1 "Validating readOnly and writeOnly"): `strip` takes them
   * out, `reject` is a fault, `ignore` hands them on, held to their schema, and asks for those that are `required`
   * (from 3.1 on). Default `strip`.
   */
  readonly readOnly: "strip" | "reject" | "ignore";
}

export const defaultPlanOptions: PlanOptions = Object.freeze({
  contentMediaType: "honor",
  readOnly: "strip",
});

export interface Compiler {
  readonly document: OpenApiDocument;
  readonly options: PlanOptions;
  view(schema: unknown): SchemaView;
  /** Whether requests do without it. */
  isApart(schema: unknown): boolean;
  readonly values: ValueMemory;
  /** Of objects within forms, by their schema: schemas lead back to each other, and names in brackets as deep as they like. */
  readonly forms: Readonly<Record<FormKind, Map<unknown, FormPlan>>>;
}

export function createCompiler(
  document: OpenApiDocument,
  options: PlanOptions = defaultPlanOptions,
): Compiler {
  const views = new WeakMap<object, SchemaView>();
  const merge = createMergeSchemas();
  const view = (schema: unknown): SchemaView => {
    if (typeof schema !== "object" || schema === null) return viewSchema(document, schema, merge);
    const known = views.get(schema);
    if (known) return known;
    const made = viewSchema(document, schema, merge);
    views.set(schema, made);
    return made;
  };
  const isApart = (schema: unknown): boolean =>
    options.readOnly !== "ignore" && view(schema).readOnly;
  const forms = {
    "form-data": new Map<unknown, FormPlan>(),
    urlencoded: new Map<unknown, FormPlan>(),
  };
  return { document, options, view, isApart, values: createValueMemory(), forms };
}
