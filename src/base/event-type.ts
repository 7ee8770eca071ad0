// What can happen to uploads, files and resources, by name: the words of the event log and of webhooks. In the
// order in which they happen to one thing: those of one moment are told in it.

export const eventTypes = [
  // an upload that comes before its resource
  "upload.reserved",
  "upload.verified",
  "upload.attached",
  "upload.rejected",
  "upload.aborted",
  "upload.expired",
  // a resource, and a file in a place of it
  "resource.created",
  "file.replaced",
  "file.attached",
  "file.detached",
  "resource.completed",
  "resource.deleted",
  "draft.expired",
  // stored bytes, once they are gone
  "blob.deleted",
] as const;

export type EventType = (typeof eventTypes)[number];
