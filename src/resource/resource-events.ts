// What the event log is told of a resource and its files: each file is attached once, and later replaced or
// detached, by whatever change.
import type { Json } from "../base/json.js";
import type { Attachment } from "../db/attachments.js";
import type { NewEvent } from "../db/events.js";
import type { ResourceName, ResourceRow } from "../db/resources.js";
import { fileData } from "../upload/upload-events.js";
import { KeptFile, referenceOf, type PlacedFile } from "./file-places.js";

/** Why a resource went. */
export type Removal = "deleted" | "parent-deleted" | "draft-expired";

export function createdEvents(
  resource: ResourceName & Pick<ResourceRow, "draft">,
  files: readonly PlacedFile[],
): NewEvent[] {
  const data = resource.draft ? { draft: true } : {};
  return [{ type: "resource.created", resource, data }, ...attachedEvents(resource, files)];
}

/** `before` is the row as it was; `draft` whether it still is one. */
export function changedEvents(
  before: ResourceRow,
  {
    held,
    files,
    draft,
  }: { held: readonly Attachment[]; files: readonly PlacedFile[]; draft: boolean },
): NewEvent[] {
  const kept = new Set(files.map(({ file }) => referenceOf(file).id));
  const news = new Map(
    files.filter(({ file }) => !(file instanceof KeptFile)).map((each) => [placeName(each), each]),
  );
  const gone = held.filter(({ blob }) => !kept.has(blob.reference.id));
  const lost = gone.map((each): NewEvent => {
    const by = news.get(placeName(each));
    if (!by) return goneEvent(before, each, "file.detached", {});
    return goneEvent(before, each, "file.replaced", { by: referenceOf(by.file).id });
  });
  const completed: NewEvent[] =
    before.draft && !draft ? [{ type: "resource.completed", resource: before }] : [];
  return [...lost, ...attachedEvents(before, files), ...completed];
}

export function removedEvents(
  resource: ResourceName,
  held: readonly Attachment[],
  removal: Removal,
): NewEvent[] {
  const reason = { reason: `resource ${removal}` };
  const type = removal === "draft-expired" ? "draft.expired" : "resource.deleted";
  const files = held.map((each) => goneEvent(resource, each, "file.detached", reason));
  return [...files, { type, resource, ...(removal === "parent-deleted" ? { data: reason } : {}) }];
}

function attachedEvents(resource: ResourceName, files: readonly PlacedFile[]): NewEvent[] {
  return files.flatMap(({ file, property, position }): NewEvent[] => {
    if (file instanceof KeptFile) return [];
    const data = { position, file: fileData(file.reference) };
    return [{ type: "file.attached", resource, property, blobId: file.reference.id, data }];
  });
}

function goneEvent(
  resource: ResourceName,
  { property, position, blob: { reference } }: Attachment,
  type: NewEvent["type"],
  more: Readonly<Record<string, Json>>,
): NewEvent {
  const data = { position, file: fileData(reference), ...more };
  return { type, resource, property, blobId: reference.id, data };
}

function placeName({ property, position }: { property: string; position: number }): string {
  return `${property} ${position}`;
}
