// A resource as the answer to a request that made, changed or asked for it.
import { itemPathOf, type CollectionRef } from "../resource/collection-ref.js";
import { missingFilePaths } from "../resource/drafts.js";
import type { Change, ResourceState } from "../resource/resources.js";
import { encodeExtended } from "./content-disposition.js";
import type { HttpResponse } from "./exchange.js";
import { formatHttpDate } from "./http-date.js";
import { jsonResponse } from "./json-response.js";
import type { OperationRun } from "./operation-run.js";
import { representResource, resourceEtag } from "./representation.js";

export interface Answer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
}

/** From here on the files in it are the resource's, and no longer the request's. */
export function showResource(
  run: OperationRun,
  collection: CollectionRef,
  state: ResourceState,
  answer: Answer,
): HttpResponse {
  run.files.keep(state.attachments.map(({ blob }) => blob.reference.id));
  return describeResource(run, collection, state, answer);
}

/** The same of one that is not committed yet. */
export function describeResource(
  run: OperationRun,
  collection: CollectionRef,
  state: ResourceState,
  { status, headers }: Answer,
): HttpResponse {
  const all = { etag: resourceEtag(state), ...draftHeaders(run, collection, state), ...headers };
  if (status === 204) return { status, headers: all };
  return jsonResponse(status, representResource(collection, state, run.base), all);
}

/** Keeps the answer with what is made, for a request with an Idempotency-Key. */
export function recordOf(
  run: OperationRun,
  collection: CollectionRef,
  answer: (state: ResourceState) => Answer,
): Change["record"] {
  const { idempotent } = run;
  return (
    idempotent &&
    ((sql, made) => idempotent.keep(sql, describeResource(run, collection, made, answer(made))))
  );
}

/** Of a draft: where each file that is missing is put, and until when. */
function draftHeaders(
  { base }: OperationRun,
  collection: CollectionRef,
  { row }: ResourceState,
): Record<string, string> {
  if (!row.draft) return {};
  const links = missingFilePaths(collection, row).map(({ property, path }) =>
    formatLink(base + path, property),
  );
  return {
    link: links.join(", "),
    ...(row.expiresAt === undefined ? {} : { sunset: formatHttpDate(row.expiresAt) }), // RFC 8594
  };
}

// RFC 5023 §11.1: `edit-media` is where the media that belongs to the context is edited (by PUT).
function formatLink(url: string, property: string): string {
  const target = url.replace(/[^!-~]/gu, encodeURIComponent);
  const isPlain = /^[ -~]*$/.test(property) && !/["\\]/.test(property);
  const title = isPlain ? `title="${property}"` : `title*=UTF-8''${encodeExtended(property)}`;
  return `<${target}>; rel="edit-media"; ${title}`;
}

/** Where the resource itself is, in a header of this name; none where it cannot be read. */
export function locationOf(
  { base }: OperationRun,
  collection: CollectionRef,
  { row }: ResourceState,
  header: "location" | "content-location",
): Record<string, string> {
  const path = itemPathOf(collection, row.id);
  return path === undefined ? {} : { [header]: base + path };
}
