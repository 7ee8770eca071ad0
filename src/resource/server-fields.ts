// What the server itself writes into a resource: its id and its times.
import { formatDateTime } from "../base/date-time.js";
import { WaybillError } from "../base/fault.js";
import { createUuid, isUuid } from "../base/id.js";
import { setOwn, type Json, type JsonObject } from "../base/json.js";
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
    if (isUsableId(text)) return text;
    const detail =
      "The id must have 1 to 200 characters, no control characters among them, and not be a dot segment.";
    throw new WaybillError({ code: "invalid-value", detail, pointer: `/${id.property}` });
  }
  return id.kind === "integer" ? String(seq) : createUuid(nowMs);
}

// It will stand in paths: what URLs normalise away or cannot hold would never be found again.
function isUsableId(text: string): boolean {
  const printable = [...text].every((char) => char >= " " && char !== "\u007f");
  return text !== "" && text.length <= 200 && text !== "." && text !== ".." && printable;
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
  // Not Object.assign, which would take a member `__proto__` for the prototype.
  for (const [name, value] of Object.entries(withoutStamp(plan, document)))
    setOwn(stamped, name, value);
  if (property !== undefined) stamped[property] = shownId;
  for (const name of plan.createdAt) stamped[name] = formatDateTime(createdAt);
  for (const name of plan.updatedAt) stamped[name] = formatDateTime(updatedAt);
  return stamped;
}

/** What the client wrote of a stored document. */
export function withoutStamp<Value>(
  plan: CollectionPlan,
  document: Readonly<Record<string, Value>>,
): Record<string, Value> {
  const own = new Set([...plan.createdAt, ...plan.updatedAt]);
  if (plan.id.property !== undefined && !plan.id.byClient) own.add(plan.id.property);
  if (plan.drafts) own.add(plan.drafts.property);
  return Object.fromEntries(Object.entries(document).filter(([name]) => !own.has(name)));
}
