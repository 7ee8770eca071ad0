// How a collection is listed: which query parameters mean paging, ordering and filtering, and the
// shape of the answer. OpenAPI has no words for these, so common names are recognised.
import type { Parameter } from "../openapi/parameter.js";
import type { Compiler } from "./compiler.js";
import { textPlanOf, type TextPlan } from "./text-plan.js";

export interface ListPlan {
  readonly page: string | undefined;
  readonly size: string | undefined;
  readonly offset: string | undefined;
  readonly order: string | undefined;
  /** Items on a page when the request does not say: the schema's `default`, else 50. */
  readonly sizeDefault: number;
  /** The schema's `maximum`, else 1000. */
  readonly sizeMax: number;
  /** Query parameters that filter by the property of the same name. */
  readonly filters: ReadonlyMap<string, TextPlan>;
  readonly envelope: ListEnvelope | undefined;
  /** The schema of one item. */
  readonly itemSchema: unknown;
}

/** Names of members in the answer; undefined envelope means a bare array. */
export interface ListEnvelope {
  readonly items: string;
  readonly count: string | undefined;
  readonly next: string | undefined;
  readonly previous: string | undefined;
}

const roles = {
  page: ["page", "page_number", "pageNumber"],
  size: ["page_size", "pageSize", "per_page", "perPage", "limit", "size", "count"],
  offset: ["offset", "skip", "start"],
  order: ["ordering", "order", "order_by", "orderBy", "sort", "sort_by", "sortBy"],
} as const;

const envelopeNames = {
  count: ["count", "total", "total_count", "totalCount"],
  next: ["next", "next_page", "nextPage", "next_url"],
  previous: ["previous", "prev", "previous_page", "previousPage", "prev_url"],
} as const;

export interface ListParts {
  readonly parameters: readonly Parameter[];
  /** Of the answer. */
  readonly schema: unknown;
  /** Properties that are never shown: a filter would tell them, guess by guess. */
  readonly hidden: ReadonlySet<string>;
}

export function listPlanOf(
  compiler: Compiler,
  { parameters, schema, hidden }: ListParts,
): ListPlan {
  const query = new Map(
    parameters.flatMap((each) => queryParameters(compiler, each)).map((each) => [each.name, each]),
  );
  const shape = listShapeOf(compiler, schema);
  const named = (names: readonly string[]): string | undefined =>
    names.find((name) => query.has(name));
  const size = named(roles.size);
  const special = new Set<string>(Object.values(roles).flat());
  const properties = compiler.view(shape?.itemSchema ?? {}).properties;
  const filters = [...query.values()].filter(
    ({ name }) => !special.has(name) && properties.has(name) && !hidden.has(name),
  );
  return {
    page: named(roles.page),
    size,
    offset: named(roles.offset),
    order: named(roles.order),
    ...sizesOf(compiler, size === undefined ? undefined : query.get(size)?.schema),
    filters: new Map(filters.map(({ name, schema }) => [name, textPlanOf(compiler, schema)])),
    envelope: shape?.envelope,
    itemSchema: shape?.itemSchema,
  };
}

// Those of a query string that is one form are its properties (OAS 3.2 §4.12.1).
function queryParameters(
  compiler: Compiler,
  parameter: Parameter,
): Pick<Parameter, "name" | "schema">[] {
  if (parameter.in === "query") return [parameter];
  if (parameter.in !== "querystring" || !compiler.document.rules.querystring) return [];
  const { properties } = compiler.view(parameter.schema);
  return [...properties].map(([name, schema]) => ({ name, schema }));
}

function sizesOf(compiler: Compiler, schema: unknown): { sizeDefault: number; sizeMax: number } {
  const node = compiler.document.resolve(schema).node as Record<string, unknown> | undefined;
  const sizeMax = count(node?.["maximum"], 1000);
  return { sizeDefault: Math.min(count(node?.["default"], 50), sizeMax), sizeMax };
}

function count(value: unknown, otherwise: number): number {
  return typeof value === "number" && Number.isInteger(value) && value > 0 ? value : otherwise;
}

interface ListShape {
  readonly itemSchema: unknown;
  readonly envelope: ListEnvelope | undefined;
}

/** An array, or an object with one array in it; undefined when the schema is no list. */
export function listShapeOf(compiler: Compiler, schema: unknown): ListShape | undefined {
  const view = compiler.view(schema ?? {});
  if (view.types?.has("array")) return { itemSchema: view.items ?? {}, envelope: undefined };
  const arrays = [...view.properties].filter(([, property]) =>
    compiler.view(property).types?.has("array"),
  );
  const items = arrays.length === 1 ? arrays[0] : undefined;
  if (!items) return undefined;
  const named = (names: readonly string[]): string | undefined =>
    names.find((name) => view.properties.has(name));
  return {
    itemSchema: compiler.view(items[1]).items ?? {},
    envelope: {
      items: items[0],
      count: named(envelopeNames.count),
      next: named(envelopeNames.next),
      previous: named(envelopeNames.previous),
    },
  };
}
