// What the server itself writes into a resource: its id and its times.
import { WaybillError } from "../base/fault.js";
import { createUuid, isUuid } from "../base/id.js";
import type { Json, JsonObject } from "../base/json.js";
import type { CollectionPlan } from "../plan/collection-plan.js";

/** The id of a new resource. Integers are `seq`, which counts from 1. Throws `invalid-value` for one that cannot be. */
export function chooseId(
  { id }: CollectionPlan,
  document: JsonObject,
  seq: number,
  nowMs: number,
): string {
  const own = id.byClient && id.property !== undefined ? document[id.property] : undefined;
  if (typeof own === "string" || typeof own === "number") {
    const text = String(own);
    if (text !== "" && text.length <= 200) return text;
    throw new WaybillError({
      code: "invalid-value",
      detail: "The id must have 1 to 200 characters.",
      pointer: `/${id.property}`,
    });
  }
  return id.kind === "integer" ? String(seq) : createUuid(nowMs);
}

/** The id of a path as the database has it; undefined when nothing can have such an id. */
export function parseId({ id }: CollectionPlan, text: string): string | undefined {
  if (id.kind === "integer" && !/^-?(0|[1-9]\d{0,15})$/.test(text)) return undefined;
  if (id.kind === "uuid" && !id.byClient) return isUuid(text) ? text.toLowerCase() : undefined;
  return text;
}

export interface Stamp {
  readonly id: string;
  readonly createdAt: number;
  readonly updatedAt: number;
}

/** The document as it is stored: id first, times last. */
export function stampDocument(
  plan: CollectionPlan,
  document: JsonObject,
  { id, createdAt, updatedAt }: Stamp,
): JsonObject {
  const { property } = plan.id;
  const shownId: Json = plan.id.kind === "integer" ? Number(id) : id;
  const stamped: JsonObject = property === undefined ? {} : { [property]: shownId };
  Object.assign(stamped, withoutStamp(plan, document));
  if (property !== undefined) stamped[property] = shownId;
  for (const name of plan.createdAt) stamped[name] = new Date(createdAt).toISOString();
  for (const name of plan.updatedAt) stamped[name] = new Date(updatedAt).toISOString();
  return stamped;
}

/** What the client wrote of a stored document. */
export function withoutStamp<Value>(
  plan: CollectionPlan,
  document: Readonly<Record<string, Value>>,
): Record<string, Value> {
  const own = new Set([...plan.createdAt, ...plan.updatedAt]);
  if (plan.id.property !== undefined && !plan.id.byClient) own.add(plan.id.property);
  return Object.fromEntries(Object.entries(document).filter(([name]) => !own.has(name)));
}
