// What the event log keeps of a file: what it was, never where its bytes lie.
import type { FileReference } from "../base/file-reference.js";
import type { Json } from "../base/json.js";
import type { NewEvent } from "../db/events.js";
import type { UploadRow } from "../db/uploads.js";

/** The reference without its id, which is the event's subject. */
export function fileData({
  filename,
  mediaType,
  size,
  sha256,
}: FileReference): Record<string, Json> {
  return { ...(filename === undefined ? {} : { filename }), mediaType, size, sha256 };
}

export function reservedEvent({ id, size, filename }: UploadRow): NewEvent {
  return { type: "upload.reserved", uploadId: id, data: { size, filename: filename ?? undefined } };
}

export function rejectedEvent(uploadId: string): NewEvent {
  return { type: "upload.rejected", uploadId, data: { reason: "not what was promised" } };
}

export function verifiedEvent(uploadId: string, reference: FileReference): NewEvent {
  return {
    type: "upload.verified",
    uploadId,
    blobId: reference.id,
    data: { file: fileData(reference) },
  };
}
