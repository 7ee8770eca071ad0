// What every step of compiling shares: the document, and each schema looked at once.
import type { OpenApiDocument } from "../openapi/document.js";
import { createMergeSchemas, viewSchema, type SchemaView } from "../openapi/schema.js";

export interface Compiler {
  readonly document: OpenApiDocument;
  view(schema: unknown): SchemaView;
}

export function createCompiler(document: OpenApiDocument): Compiler {
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
  return { document, view };
}
