// How a stored resource reads back: its files as references with a URL, or as URLs.
import { setOwn } from "../base/json.js";
import { parsePointer } from "../base/pointer.js";
import type { Attachment } from "../resource/resources.js";
import { filePathOf, type CollectionRef } from "../resource/collection-ref.js";
import { missingFiles } from "../resource/drafts.js";
import { joinFiles } from "../resource/file-places.js";
import type { ResourceState } from "../resource/resources.js";

/** `base` stands before every path: origin and base path. */
export function representResource(
  collection: CollectionRef,
  state: ResourceState,
  base: string,
): Record<string, unknown> {
  const { read, files, drafts } = collection.plan;
  const value = joinFiles(state.row.document, state.attachments, (each) => {
    const reference = referenceOf(collection, each, base);
    const [property = ""] = parsePointer(each.property);
    // Where there is no URL the reference is shown, so that sending it back keeps the file.
    return read.asUrl.has(property) ? (reference["url"] ?? reference) : reference;
  });
  const missing = state.row.draft ? missingFiles(collection.plan, state.row.document) : [];
  for (const [name, { many }] of files) {
    if (name in value || missing.includes(name)) continue;
    if (read.nullable.has(name)) value[name] = null;
    else if (many) value[name] = [];
  }
  for (const name of read.hidden) delete value[name];
  if (state.row.draft && drafts) value[drafts.property] = true;
  return inOrder(value, read.order);
}

/** Members in the order of the document, then those that it does not name. */
function inOrder(
  value: Readonly<Record<string, unknown>>,
  order: readonly string[],
): Record<string, unknown> {
  const out: Record<string, unknown> = {};
  for (const name of order) if (Object.hasOwn(value, name)) setOwn(out, name, value[name]);
  for (const [name, inner] of Object.entries(value))
    if (!Object.hasOwn(out, name)) setOwn(out, name, inner);
  return out;
}

function referenceOf(
  collection: CollectionRef,
  attachment: Attachment,
  base: string,
): Record<string, unknown> {
  const path = filePathOf(collection, attachment);
  const { id, mediaType, size, sha256, filename, url } = attachment.blob.reference;
  const where = url ?? (path === undefined ? undefined : base + path);
  return {
    // Where nothing can be fetched, the id at least names the file.
    ...(where === undefined ? { id } : { url: where }),
    mediaType,
    size,
    sha256,
    ...(filename === undefined ? {} : { filename }),
  };
}

/** Strong: the version changes with every change of the resource or its files. */
export function resourceEtag({ row }: ResourceState): string {
  return `"${row.seq}-${row.version}"`;
}

/** Strong: the octets themselves. */
export function fileEtag({ blob }: Attachment): string {
  return `"${blob.reference.sha256}"`;
}
