// The query of a list: paging, ordering and filters, as the plan has named them.
import { WaybillError } from "../base/fault.js";
import type { ResourceFilter, ResourceOrder, ResourceQuery } from "../resource/resources.js";
import { parseTextValue } from "../body/text-value.js";
import type { CollectionPlan } from "../plan/collection-plan.js";
import type { ListPlan } from "../plan/list-plan.js";
import type { CollectionRef } from "../resource/collection-ref.js";

export interface ListWindow {
  readonly query: ResourceQuery;
  /** The query strings of the neighbours, if there are any. */
  neighbours(total: number): { next: string | undefined; previous: string | undefined };
}

/** Parameters that the document does not declare are left alone. Throws `invalid-parameter`. */
export function parseListQuery(
  query: URLSearchParams,
  plan: ListPlan,
  collection: CollectionRef,
): ListWindow {
  const limit = whole(query, plan.size, {
    least: 1,
    otherwise: plan.sizeDefault,
    most: plan.sizeMax,
  });
  const page = whole(query, plan.page, { least: 1, otherwise: 1, most: 1e9 });
  const skip = whole(query, plan.offset, { least: 0, otherwise: 0, most: 1e12 });
  const offset = plan.page === undefined || !query.has(plan.page) ? skip : (page - 1) * limit;
  const by = plan.order === undefined ? undefined : query.get(plan.order);
  return {
    query: {
      collection: collection.key,
      filters: filtersOf(query, plan, collection.plan),
      order: by ? parseOrder(by, plan.order ?? "", collection.plan) : [],
      limit,
      offset,
    },
    neighbours: (total) => ({
      next: offset + limit < total ? moved(query, plan, offset + limit, limit) : undefined,
      previous: offset > 0 ? moved(query, plan, Math.max(0, offset - limit), limit) : undefined,
    }),
  };
}

/** Databases have limits of their own, and nobody needs as many. */
const filtersMax = 32;
const ordersMax = 16;

interface Bounds {
  readonly least: number;
  readonly otherwise: number;
  readonly most: number;
}

function whole(
  query: URLSearchParams,
  name: string | undefined,
  { least, otherwise, most }: Bounds,
): number {
  const text = name === undefined ? null : query.get(name);
  if (name === undefined || text === null) return otherwise;
  const number = /^\d{1,12}$/.test(text) ? Number(text) : Number.NaN;
  if (number >= least && number <= most) return number;
  throw invalid(name, `${JSON.stringify(text)} is no whole number from ${least} to ${most}`);
}

function filtersOf(
  query: URLSearchParams,
  plan: ListPlan,
  collection: CollectionPlan,
): ResourceFilter[] {
  const filters: ResourceFilter[] = [];
  for (const [name, text] of plan.filters) {
    for (const value of query.getAll(name)) {
      filters.push({
        ...placeOf(collection, name),
        op: "eq",
        value: typed(name, value, collection.types.get(name) ?? text),
      });
    }
  }
  if (filters.length > filtersMax) throw invalid("filters", `there are more than ${filtersMax}`);
  return filters;
}

function typed(
  name: string,
  text: string,
  plan: { readonly types: readonly string[] },
): string | number | boolean | null {
  try {
    return parseTextValue(text, plan) as string | number | boolean | null;
  } catch (error) {
    if (error instanceof WaybillError) throw invalid(name, error.message.replace(/\.$/, ""));
    throw error;
  }
}

// `name`, `-name`, `+name`, `name:desc`; several separated by commas.
function parseOrder(text: string, parameter: string, collection: CollectionPlan): ResourceOrder[] {
  const pieces = text.split(",", ordersMax + 1);
  if (pieces.length > ordersMax) throw invalid(parameter, `there are more than ${ordersMax} names`);
  return pieces.map((piece) => {
    const entry = piece.trim();
    const [bare = "", direction] = entry.replace(/^[-+]/, "").split(/[: ]/);
    if (!collection.types.has(bare))
      throw invalid(parameter, `${JSON.stringify(bare)} is nothing to order by`);
    return {
      ...placeOf(collection, bare),
      descending: entry.startsWith("-") || direction?.toLowerCase() === "desc",
    };
  });
}

function placeOf(
  collection: CollectionPlan,
  property: string,
): Pick<ResourceOrder, "property" | "column"> {
  return property === collection.id.property ? { property, column: "id" } : { property };
}

function moved(query: URLSearchParams, plan: ListPlan, offset: number, limit: number): string {
  const to = new URLSearchParams(query);
  if (plan.page !== undefined && offset % limit === 0) {
    to.set(plan.page, String(offset / limit + 1));
    if (plan.offset !== undefined) to.delete(plan.offset);
  } else if (plan.offset !== undefined) {
    to.set(plan.offset, String(offset));
  }
  return to.toString();
}

function invalid(parameter: string, detail: string): WaybillError {
  return new WaybillError({
    code: "invalid-parameter",
    detail: `${parameter}: ${detail}.`,
    parameter,
  });
}
