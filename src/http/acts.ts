// What each act does on the wire: the meaning is in `resource`, here are status codes and headers.
import { WaybillError } from "../base/fault.js";
import { ReceivedFile } from "../base/file-reference.js";
import { isObject } from "../base/json.js";
import type { Attachment } from "../resource/resources.js";
import type { Act } from "../plan/act.js";
import { statusOf } from "../plan/response-plan.js";
import { collectionRef, itemPathOf, type CollectionRef } from "../resource/collection-ref.js";
import type { Change, CheckedChange, ResourceState } from "../resource/resources.js";
import { parseId } from "../resource/server-fields.js";
import { defaultFilename } from "./default-filename.js";
import type { HttpRequest, HttpResponse } from "./exchange.js";
import { fileResponse } from "./file-response.js";
import { parseListQuery } from "./list-query.js";
import { collectionOf, keyOfFile, pathValues, type OperationRun } from "./operation-run.js";
import { checkPreconditions } from "./preconditions.js";
import { problemResponse } from "./problem.js";
import { fileEtag, representResource, resourceEtag } from "./representation.js";

export interface ActHandler {
  /** Before any of the body is read: rejects when the request is lost already. */
  prepare?(run: OperationRun): Promise<unknown>;
  perform(run: OperationRun, value: unknown): Promise<HttpResponse>;
}

type FileAct = Extract<Act, { property: string }>;

const itemHandler = (perform: ActHandler["perform"]): ActHandler => ({
  prepare: async (run) => checkResource(run)(await findResource(run)),
  perform,
});

const fileHandler = (perform: ActHandler["perform"]): ActHandler => ({
  async prepare(run) {
    refusePartial(run.request);
    checkFile(run)(await findResource(run));
  },
  perform,
});

export const actHandlers: Readonly<Record<Exclude<Act["kind"], "none">, ActHandler>> = {
  create: {
    perform: async (run, value) => {
      const collection = collectionOf(run, Infinity);
      const state = await run.resources.create(collection, value, changeOf(run));
      const path = itemPathOf(collection, state.row.id);
      const location: Record<string, string> =
        path === undefined ? {} : { location: run.base + path };
      return shown(run, collection, state, {
        status: statusOf(run.plan.response, 201),
        headers: location,
      });
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
      return shown(run, itemCollection(run), state, { status: 200 });
    },
  },
  replace: itemHandler(async (run, value) => {
    const collection = itemCollection(run);
    const state = await run.resources.replace(
      collection,
      itemId(run),
      value,
      changeOf(run, checkResource(run)),
    );
    return shown(run, collection, state, { status: statusOf(run.plan.response, 200) });
  }),
  patch: itemHandler(async (run, value) => {
    const collection = itemCollection(run);
    const change = checkedChangeOf(run, collection);
    const state = await run.resources.patch(collection, itemId(run), value ?? {}, change);
    return shown(run, collection, state, { status: statusOf(run.plan.response, 200) });
  }),
  delete: itemHandler(async (run) => {
    await run.resources.delete(itemCollection(run), itemId(run), checkResource(run));
    return { status: 204, headers: {} };
  }),
  "put-file": fileHandler(async (run, value) => {
    const { property } = run.plan.act as FileAct;
    const [file] = filesIn(value, property);
    if (!file) throw missingFile(property);
    const collection = itemCollection(run);
    const before = await findResource(run);
    const change = changeOf(run, checkFile(run));
    const state = await run.resources.putFile(
      collection,
      { id: itemId(run), property },
      file,
      change,
    );
    // RFC 9110 §9.3.4: 201 when there was none before.
    const status = statusOf(run.plan.response, attachmentOf(run, before) ? 200 : 201);
    return shown(run, collection, state, {
      status,
      headers: contentLocation(run, collection, state),
    });
  }),
  "add-file": fileHandler(async (run, value) => {
    const { property } = run.plan.act as FileAct;
    const files = filesIn(value, property);
    if (files.length === 0) throw missingFile(property);
    const collection = itemCollection(run);
    const state = await run.resources.addFiles(
      collection,
      { id: itemId(run), property },
      files,
      checkedChangeOf(run, collection),
    );
    const status = statusOf(run.plan.response, 201);
    return shown(run, collection, state, {
      status,
      headers: contentLocation(run, collection, state),
    });
  }),
  "get-file": { perform: getFile },
  "delete-file": fileHandler(async (run) => {
    const { property } = run.plan.act as FileAct;
    const state = await findResource(run);
    const found = attachmentOf(run, state);
    if (!found) throw noFile(property);
    const collection = itemCollection(run);
    if (collection.plan.requiredFiles.has(property) && !oneOfMany(run)) throw neededFile(property);
    const fileId = oneOfMany(run) ? { fileId: found.blob.reference.id } : {};
    await run.resources.deleteFile(
      collection,
      { id: itemId(run), property, ...fileId },
      checkFile(run),
    );
    return { status: 204, headers: {} };
  }),
};

/** Resources named above the collection in the path must be there. */
export async function checkParents(run: OperationRun): Promise<void> {
  const values = pathValues(run);
  for (const plan of run.plan.parents) {
    const count = plan.path.split("{}").length - 1;
    const said = values[count] ?? "";
    const id = parseId(plan, said);
    if (id === undefined) throw badId(said);
    await run.resources.find(collectionRef(plan, values.slice(0, count)), id);
  }
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
  if (!envelope) return json(200, items, headers);
  const body: Record<string, unknown> = {};
  if (envelope.count !== undefined) body[envelope.count] = total;
  if (envelope.next !== undefined) body[envelope.next] = url(links.next);
  if (envelope.previous !== undefined) body[envelope.previous] = url(links.previous);
  return json(200, { ...body, [envelope.items]: items }, headers);
}

async function getFile(run: OperationRun): Promise<HttpResponse> {
  const { property } = run.plan.act as FileAct;
  const found = attachmentOf(run, await findResource(run));
  if (!found) throw noFile(property);
  const { reference, key } = found.blob;
  const response = fileResponse(run.request, {
    size: reference.size,
    mediaType: reference.mediaType,
    etag: fileEtag(found),
    modifiedMs: found.createdAt,
    filename: reference.filename ?? defaultFilename(property, reference.mediaType),
    // Of an empty file there is nothing to read; the store's ranges include their last octet.
    read: ({ start, end }) =>
      end > start ? run.readBlob(key, { start, end: end - 1 }) : nothing(),
  });
  if (response.status === 412) return problemResponse(preconditionFailed(), response.headers);
  if (response.status === 416)
    return problemResponse(unsatisfiable(reference.size), response.headers);
  return response;
}

async function* nothing(): AsyncGenerator<Uint8Array> {}

function unsatisfiable(size: number): WaybillError {
  const detail = `None of the ranges is within the ${size} octets of the file.`;
  return new WaybillError({ code: "range-not-satisfiable", detail });
}

function findResource(run: OperationRun): Promise<ResourceState> {
  return run.resources.find(itemCollection(run), itemId(run));
}

// The collection's own parameters come first, then the resource's id, then that of one file.
function itemCollection(run: OperationRun): CollectionRef {
  return collectionOf(run, pathValues(run).length - (oneOfMany(run) ? 2 : 1));
}

function itemId(run: OperationRun): string {
  const said = pathValues(run).at(oneOfMany(run) ? -2 : -1) ?? "";
  const { collection } = run.plan;
  const id = collection && parseId(collection, said);
  if (id === undefined) throw badId(said);
  return id;
}

function oneOfMany({ plan }: OperationRun): boolean {
  return "oneOfMany" in plan.act && plan.act.oneOfMany;
}

function attachmentOf(run: OperationRun, { attachments }: ResourceState): Attachment | undefined {
  const { property } = run.plan.act as FileAct;
  const fileId = oneOfMany(run) ? pathValues(run).at(-1) : undefined;
  return attachments.find(
    (each) =>
      each.property === `/${property}` &&
      (fileId === undefined || each.blob.reference.id === fileId),
  );
}

function changeOf(run: OperationRun, check?: Change["check"]): Change {
  return { keyOf: (file) => keyOfFile(run, file.reference.id), ...(check ? { check } : {}) };
}

function checkedChangeOf(run: OperationRun, { plan }: CollectionRef): CheckedChange {
  const validate = run.validators.of(plan.whole?.schema);
  return { ...changeOf(run, checkResource(run)), validate };
}

function checkResource({ request }: OperationRun): (state: ResourceState) => void {
  return (state) => {
    const current = { etag: resourceEtag(state), modifiedMs: state.row.updatedAt };
    if (checkPreconditions(request, current) === "failed") throw preconditionFailed();
  };
}

function checkFile(run: OperationRun): (state: ResourceState) => void {
  return (state) => {
    const found = attachmentOf(run, state);
    const current = found && { etag: fileEtag(found), modifiedMs: found.createdAt };
    if (checkPreconditions(run.request, current) === "failed") throw preconditionFailed();
  };
}

// RFC 9110 §14.5: a partial PUT needs an agreement that nobody has made here.
function refusePartial({ headers }: HttpRequest): void {
  if (headers["content-range"] === undefined) return;
  throw new WaybillError({
    code: "partial-put",
    detail: "Content-Range has no meaning in a request here; send the whole file.",
  });
}

function filesIn(value: unknown, property: string): ReceivedFile[] {
  const said = isObject(value) && !(value instanceof ReceivedFile) ? value[property] : value;
  return [said].flat().filter((each) => each instanceof ReceivedFile);
}

interface Answer {
  readonly status: number;
  readonly headers?: Record<string, string>;
}

function shown(
  run: OperationRun,
  collection: CollectionRef,
  state: ResourceState,
  { status, headers }: Answer,
): HttpResponse {
  run.files.keep(state.attachments.map(({ blob }) => blob.reference.id));
  if (status === 204) return { status, headers: { etag: resourceEtag(state), ...headers } };
  return json(status, representResource(collection, state, run.base), {
    etag: resourceEtag(state),
    ...headers,
  });
}

function contentLocation(
  { base }: OperationRun,
  collection: CollectionRef,
  { row }: ResourceState,
): Record<string, string> {
  const path = itemPathOf(collection, row.id);
  return path === undefined ? {} : { "content-location": base + path };
}

function json(status: number, body: unknown, headers: Record<string, string> = {}): HttpResponse {
  return {
    status,
    headers: { "content-type": "application/json", ...headers },
    body: JSON.stringify(body),
  };
}

function preconditionFailed(): WaybillError {
  return new WaybillError({
    code: "precondition-failed",
    detail: "It has changed, or is not as the request requires.",
  });
}

function badId(said: string): WaybillError {
  return new WaybillError({
    code: "not-found",
    detail: `${JSON.stringify(said)} is no id of a resource here.`,
  });
}

function noFile(property: string): WaybillError {
  return new WaybillError({
    code: "not-found",
    detail: `The resource has no such file in ${JSON.stringify(property)}.`,
  });
}

function missingFile(property: string): WaybillError {
  const detail = `The property ${JSON.stringify(property)} is missing.`;
  return new WaybillError({ code: "missing-property", detail, pointer: `/${property}` });
}

function neededFile(property: string): WaybillError {
  return new WaybillError({
    code: "conflict",
    detail: `The file ${JSON.stringify(property)} is required; replace it, or delete the resource.`,
  });
}
