// What is told of an upload to whoever made it.
import { formatDateTime } from "../base/date-time.js";
import type { ResumableUpload } from "../upload/resumable.js";

// The token is not among it: it is nowhere to be had.
export function shownStatus(row: ResumableUpload): object {
  const isOver = row.remainingMs <= 0 && row.state !== "attached" && row.state !== "aborted";
  const file = isOver ? undefined : row.blob?.reference;
  return {
    id: row.id,
    state: isOver ? "expired" : row.state,
    size: file?.size ?? row.size ?? undefined,
    expiresAt: formatDateTime(row.expiresAt),
    offset: row.received,
    mediaType: file?.mediaType,
    sha256: file?.sha256,
    filename: file?.filename,
  };
}
