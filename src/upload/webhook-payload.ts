// What a webhook is told of an event. The same each time it is told.
import { formatDateTime } from "../base/date-time.js";
import type { EventRow } from "../db/event-row.js";

/** `{type, timestamp, data}`, as Standard Webhooks recommends. */
export function webhookPayload(event: EventRow): string {
  const { type, at, uploadId, blobId, collection, resourceId, property, data } = event;
  const { file, ...more } = data;
  const about = {
    ...(uploadId === null ? {} : { upload: { id: uploadId } }),
    ...(blobId === null ? {} : { file: { id: blobId, ...(file as object | undefined) } }),
    ...(resourceId === null ? {} : { resource: { collection, id: resourceId } }),
    ...(property === null ? {} : { property }),
    ...more,
  };
  return JSON.stringify({ type, timestamp: formatDateTime(at), data: about });
}
