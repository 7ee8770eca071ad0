// What each act on a collection or a resource is on the wire: the meaning is in `resource`, here are
// status codes and headers.
import { WaybillError } from "../base/fault.js";
import type { Act } from "../plan/act.js";
import { statusOf } from "../plan/response-plan.js";
import { isObject } from "../base/json.js";
import { ReceivedFile } from "../base/file-reference.js";
import type { ResourceState } from "../resource/resources.js";
import {
  changeOf,
  checkedChangeOf,
  checkResource,
  findResource,
  itemCollection,
  itemId,
  parentsOf,
  preconditionFailed,
} from "./act-target.js";
import type { HttpResponse } from "./exchange.js";
import { fileActs } from "./file-acts.js";
import { jsonResponse } from "./json-response.js";
import { parseListQuery } from "./list-query.js";
import { collectionOf, type OperationRun } from "./operation-run.js";
import { checkPreconditions } from "./preconditions.js";
import { representResource, resourceEtag } from "./representation.js";
import { locationOf, recordOf, showResource, type Answer } from "./show-resource.js";
import { uploadActs } from "./upload-acts.js";

export interface ActHandler {
  /** Before any of the body is read: rejects when the request is lost already. */
  prepare?(run: OperationRun): Promise<unknown>;
  perform(run: OperationRun, value: unknown): Promise<HttpResponse>;
  /** For a protocol of its own, which reads the body itself; undefined where the ordinary way goes on. */
  answer?(run: OperationRun): Promise<HttpResponse> | undefined;
}

const itemHandler = (perform: ActHandler["perform"]): ActHandler => ({
  prepare: async (run) => checkResource(run)(await findResource(run)),
  perform,
});

export const actHandlers: Readonly<Record<Exclude<Act["kind"], "none" | "batch">, ActHandler>> = {
  create: {
    async perform(run, value) {
      const earlier = await run.idempotent?.earlier();
      if (earlier) return earlier;
      const collection = collectionOf(run, Infinity);
      const status = statusOf(run.plan.response, 201);
      const answer = (state: ResourceState): Answer => ({
        status,
        headers: locationOf(run, collection, state, "location"),
      });
      const state = await run.resources.create(collection, value, {
        ...changeOf(run),
        parents: parentsOf(run),
        record: recordOf(run, collection, answer),
      });
      return showResource(run, collection, state, answer(state));
    },
  },
  list: { perform: listResources },
  retrieve: {
    async perform(run) {
      const state = await findResource(run);
      const etag = resourceEtag(state);
      const verdict = checkPreconditions(run.request, { etag, modifiedMs: state.row.updatedAt });
      if (verdict === "failed") throw preconditionFailed();
      if (verdict === "not-modified") return { status: 304, headers: { etag } };
      return showResource(run, itemCollection(run), state, { status: 200 });
    },
  },
  replace: itemHandler(async (run, value) => {
    const collection = itemCollection(run);
    const change = changeOf(run, checkResource(run));
    const state = await run.resources.replace(collection, itemId(run), value, change);
    return showResource(run, collection, state, { status: statusOf(run.plan.response, 200) });
  }),
  patch: itemHandler(async (run, value = {}) => {
    if (!isObject(value) || value instanceof ReceivedFile) throw noPatch();
    const collection = itemCollection(run);
    const change = checkedChangeOf(run, checkResource(run));
    const state = await run.resources.patch(collection, itemId(run), value, change);
    return showResource(run, collection, state, { status: statusOf(run.plan.response, 200) });
  }),
  delete: itemHandler(async (run) => {
    await run.resources.delete(itemCollection(run), itemId(run), checkResource(run));
    return { status: 204, headers: {} };
  }),
  ...fileActs,
  ...uploadActs,
};

/** Resources named above the collection in the path must be there. */
export async function checkParents(run: OperationRun): Promise<void> {
  await run.resources.checkParents(parentsOf(run));
}

async function listResources(run: OperationRun): Promise<HttpResponse> {
  const { list } = run.plan;
  const collection = collectionOf(run, Infinity);
  if (!list) throw new Error("The operation has no list plan.");
  const window = parseListQuery(run.query, list, collection);
  const { states, total } = await run.resources.list(window.query);
  const items = states.map((state) => representResource(collection, state, run.base));
  const links = window.neighbours(total);
  const url = (query: string | undefined): string | null =>
    query === undefined ? null : `${run.origin}${run.path}?${query}`;
  const relations = [
    ["next", url(links.next)],
    ["prev", url(links.previous)],
  ].flatMap(([relation, to]) => (to === null ? [] : [`<${to}>; rel="${relation}"`]));
  const headers = {
    "x-total-count": String(total),
    ...(relations.length > 0 ? { link: relations.join(", ") } : {}),
  };
  const { envelope } = list;
  if (!envelope) return jsonResponse(200, items, headers);
  const body: Record<string, unknown> = {};
  if (envelope.count !== undefined) body[envelope.count] = total;
  if (envelope.next !== undefined) body[envelope.next] = url(links.next);
  if (envelope.previous !== undefined) body[envelope.previous] = url(links.previous);
  return jsonResponse(200, { ...body, [envelope.items]: items }, headers);
}

// RFC 7396: a patch that is no object would take the place of the whole resource.
function noPatch(): WaybillError {
  return new WaybillError({
    code: "invalid-value",
    detail: "A patch must be an object.",
    pointer: "",
  });
}
