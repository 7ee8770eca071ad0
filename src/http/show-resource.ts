// A resource as the answer to a request that made, changed or asked for it.
import { itemPathOf, type CollectionRef } from "../resource/collection-ref.js";
import type { ResourceState } from "../resource/resources.js";
import type { HttpResponse } from "./exchange.js";
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
  { status, headers }: Answer,
): HttpResponse {
  run.files.keep(state.attachments.map(({ blob }) => blob.reference.id));
  const all = { etag: resourceEtag(state), ...headers };
  if (status === 204) return { status, headers: all };
  return jsonResponse(status, representResource(collection, state, run.base), all);
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
