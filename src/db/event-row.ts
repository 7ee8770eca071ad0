// A row of the table `event`, as a query gives it.
import type { EventType } from "../base/event-type.js";
import type { JsonObject } from "../base/json.js";

export interface EventRow {
  /** In the order of time; within one millisecond in that of `eventTypes`. */
  readonly id: string;
  readonly type: EventType;
  /** Milliseconds since the Unix epoch. */
  readonly at: number;
  readonly uploadId: string | null;
  readonly blobId: string | null;
  readonly collection: string | null;
  readonly resourceId: string | null;
  readonly property: string | null;
  readonly data: JsonObject;
}

export const eventNames = [
  "id",
  "type",
  "at",
  "upload_id",
  "blob_id",
  "collection",
  "resource_id",
  "property",
  "data",
] as const;
/** Of the table `event`, qualified where it is joined. */
export const eventColumns = eventNames.map((name) => `e.${name}`).join(", ");

export type StoredEvent = {
  id: string;
  type: string;
  at: number;
  upload_id: string | null;
  blob_id: string | null;
  collection: string | null;
  resource_id: string | null;
  property: string | null;
  data: string;
};

export function eventRow(row: StoredEvent): EventRow {
  return {
    id: row.id,
    type: row.type as EventType,
    at: Number(row.at),
    uploadId: row.upload_id,
    blobId: row.blob_id,
    collection: row.collection,
    resourceId: row.resource_id,
    property: row.property,
    data: JSON.parse(row.data) as JsonObject,
  };
}
