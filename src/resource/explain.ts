// Why a file, an upload or a resource exists, or when and why it went: from its rows, and from the event log. Knows
// names as people have them at hand: ids, URLs, paths. Tells no token, no owner and no key of the store.
import { formatDateTime } from "../base/date-time.js";
import { isUuid } from "../base/id.js";
import { attachments } from "../db/attachments.js";
import { blobs } from "../db/blobs.js";
import type { Sql } from "../db/db.js";
import { deliveries, type DeliveryState } from "../db/deliveries.js";
import type { EventRow } from "../db/event-row.js";
import { events, type EventSubject } from "../db/events.js";
import { resources, type ResourceName } from "../db/resources.js";
import { tombstones } from "../db/tombstones.js";
import { uploads } from "../db/uploads.js";

export interface ToldEvent extends EventRow {
  readonly deliveries: readonly DeliveryState[];
}

export interface Explanation {
  readonly kind: "file" | "upload" | "resource";
  /** Of the file or upload, or the path of the resource. */
  readonly id: string;
  readonly exists: boolean;
  /** In words: why it is there, or that it is not. */
  readonly because: string;
  /** What is known of it now. */
  readonly now: Readonly<Record<string, unknown>>;
  /** What happened to it, the oldest first. */
  readonly events: readonly ToldEvent[];
}

const eventsMax = 200;
const filesMax = 20;

/** All that the name may stand for; none when nothing is known of it. */
export async function explain(sql: Sql, said: string): Promise<Explanation[]> {
  const path = URL.canParse(said) ? new URL(said).pathname : said;
  const segments = path
    .split("/")
    .filter((each) => each !== "")
    .map(decode);
  const found: Explanation[] = [];
  for (const id of segments.filter(isUuid).map((each) => each.toLowerCase())) {
    found.push(...(await explainFile(sql, id)), ...(await explainUpload(sql, id)));
  }
  for (const { reference } of await blobs.byUrl(sql, said, filesMax))
    if (!found.some((each) => each.id === reference.id))
      found.push(...(await explainFile(sql, reference.id)));
  const named = await resourceIn(sql, segments);
  if (named) {
    found.push(await explainResource(sql, named.name));
    for (const id of await filesAt(sql, named.name, named.property))
      if (!found.some((each) => each.id === id)) found.push(...(await explainFile(sql, id)));
  }
  return found;
}

async function explainFile(sql: Sql, id: string): Promise<Explanation[]> {
  const row = await blobs.get(sql, id);
  const told = await eventsOf(sql, { blobId: id });
  if (!row && told.length === 0) return [];
  const places = await attachments.ofBlob(sql, id);
  const holder = await uploads.byBlob(sql, id);
  const isBuried = await tombstones.hasBlob(sql, id);
  const { id: _, url, ...file } = row?.reference ?? { id };
  const now = {
    ...file,
    attachments: places.map(({ resourceId, ...place }) => ({ ...place, resource: resourceId })),
    upload: holder?.id ?? null,
    bytes: row
      ? url === undefined
        ? "kept"
        : "elsewhere"
      : isBuried
        ? "to be deleted"
        : "deleted",
    ...(url === undefined ? {} : { at: placeOfUrl(url) }),
  };
  const because = row
    ? placesText(
        places.map((each) => `${pathOf({ ...each, id: each.resourceId })} ${each.property}`),
        holder?.id,
      )
    : `It is gone: ${lastOf(told, "its row is gone")}.`;
  return [{ kind: "file", id, exists: row !== undefined, because, now, events: told }];
}

// The rest of it may be a secret.
function placeOfUrl(url: string): string {
  const { origin, pathname } = new URL(url);
  return origin + pathname;
}

function placesText(places: readonly string[], upload: string | undefined): string {
  if (places.length > 0) return `It stands in ${places.join(", ")}.`;
  if (upload !== undefined) return `The upload ${upload} holds it until it is attached or expires.`;
  return "Nothing has it: it goes with the next `waybill prune`.";
}

async function explainUpload(sql: Sql, id: string): Promise<Explanation[]> {
  const row = await uploads.get(sql, id);
  const told = await eventsOf(sql, { uploadId: id });
  if (!row && told.length === 0) return [];
  const isLive = row !== undefined && !/^(attached|rejected|expired|aborted)$/.test(row.state);
  const now = row
    ? {
        state: row.state,
        received: row.received,
        size: row.size,
        expiresAt: formatDateTime(row.expiresAt),
        leaseUntil: row.leaseUntil === 0 ? null : formatDateTime(row.leaseUntil),
        file: row.blob?.reference.id ?? null,
      }
    : {};
  const because = isLive
    ? `It is ${row.state}, and waits until ${formatDateTime(row.expiresAt)}.`
    : `It has ended: ${row?.state ?? lastOf(told, "its row is gone")}.`;
  return [{ kind: "upload", id, exists: isLive, because, now, events: told }];
}

async function explainResource(sql: Sql, name: ResourceName): Promise<Explanation> {
  const row = await resources.get(sql, name);
  const told = await eventsOf(sql, { resource: name });
  const files = (await attachments.ofResource(sql, name)).map(({ property, position, blob }) => ({
    property,
    position,
    file: blob.reference.id,
  }));
  const now = row
    ? {
        draft: row.draft,
        version: row.version,
        createdAt: formatDateTime(row.createdAt),
        updatedAt: formatDateTime(row.updatedAt),
        ...(row.expiresAt === undefined ? {} : { expiresAt: formatDateTime(row.expiresAt) }),
        files,
      }
    : {};
  const because = !row
    ? `It is gone: ${lastOf(told, "its row is gone")}.`
    : row.draft
      ? `It is a draft, and waits for its files until ${formatDateTime(row.expiresAt ?? 0)}.`
      : `It was created ${formatDateTime(row.createdAt)}, and nobody deleted it.`;
  return {
    kind: "resource",
    id: pathOf(name),
    exists: row !== undefined,
    because,
    now,
    events: told,
  };
}

// Whatever stands before the collection's path, and behind the id: longest collection first.
async function resourceIn(
  sql: Sql,
  segments: readonly string[],
): Promise<{ name: ResourceName; property: string | undefined } | undefined> {
  for (let end = segments.length - 1; end > 0; end--) {
    for (let start = 0; start < end; start++) {
      const collection = `/${segments.slice(start, end).map(encodeURIComponent).join("/")}`;
      const name = { collection, id: segments[end] ?? "" };
      const isKnown =
        (await resources.get(sql, name)) ?? (await events.about(sql, { resource: name }, 1)).at(0);
      const next = segments[end + 1];
      if (isKnown) return { name, property: next === undefined ? undefined : `/${next}` };
    }
  }
  return undefined;
}

async function filesAt(
  sql: Sql,
  name: ResourceName,
  property: string | undefined,
): Promise<string[]> {
  if (property === undefined) return [];
  const held = (await attachments.ofResource(sql, name))
    .filter((each) => each.property === property)
    .map(({ blob }) => blob.reference.id);
  if (held.length > 0) return held;
  const told = await events.about(sql, { resource: name }, eventsMax);
  const last = told.findLast((each) => each.property === property)?.blobId;
  return last ? [last] : [];
}

async function eventsOf(sql: Sql, subject: EventSubject): Promise<ToldEvent[]> {
  const told: ToldEvent[] = [];
  for (const event of await events.about(sql, subject, eventsMax))
    told.push({ ...event, deliveries: await deliveries.ofEvent(sql, event.id) });
  return told;
}

function lastOf(told: readonly EventRow[], otherwise: string): string {
  const last = told.findLast(({ type }) => type !== "blob.deleted") ?? told.at(-1);
  if (!last) return otherwise;
  const reason = last.data["reason"];
  return `${last.type} ${formatDateTime(last.at)}${typeof reason === "string" ? `, ${reason}` : ""}`;
}

function pathOf({ collection, id }: ResourceName): string {
  return `${collection}/${encodeURIComponent(id)}`;
}

function decode(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}
