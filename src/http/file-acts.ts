// What each act on a file property is on the wire. Its conditions are about the file, where it has one
// of its own, and about the resource where it has not.
import { fileExtension } from "../base/file-extension.js";
import { isNotFound, WaybillError } from "../base/fault.js";
import { ReceivedFile } from "../base/file-reference.js";
import { isObject } from "../base/json.js";
import { formatPointer } from "../base/pointer.js";
import { parseMediaType } from "../base/media-type.js";
import { uploadTokenIn } from "../base/upload-reference.js";
import type { Act } from "../plan/act.js";
import { chooseMediaType } from "../plan/body-plan.js";
import { notUsable } from "../upload/uploads.js";
import { statusOf } from "../plan/response-plan.js";
import type { Attachment, ResourceState } from "../resource/resources.js";
import {
  changeOf,
  checkChange,
  checkedChangeOf,
  checkResource,
  findResource,
  isOneOfMany,
  itemCollection,
  itemId,
  preconditionFailed,
} from "./act-target.js";
import type { ActHandler } from "./acts.js";
import { blobResponse } from "./blob-response.js";
import type { HttpResponse } from "./exchange.js";
import { dispositionOf } from "./file-response.js";
import { isResumedHere } from "./ietf-target.js";
import { createByIetf } from "./ietf-uploads.js";
import type { OpenBlob } from "./open-blob.js";
import { pathValues, type OperationRun } from "./operation-run.js";
import { checkPreconditions } from "./preconditions.js";
import { fileEtag } from "./representation.js";
import { locationOf, recordOf, showResource, type Answer } from "./show-resource.js";

type FileAct = Extract<Act, { property: string }>;
type Check = (state: ResourceState) => void;

const fileHandler = (
  checkOf: (run: OperationRun) => Check,
  perform: ActHandler["perform"],
): ActHandler => ({
  prepare: async (run) => checkOf(run)(await findResource(run)),
  perform,
});

/** The octets may also come as a resumable upload, which is put or added once it is complete. */
const fileTaker = (...[checkOf, perform]: Parameters<typeof fileHandler>): ActHandler => ({
  ...fileHandler(checkOf, perform),
  answer: (run) =>
    isResumedHere(run) && run.uploads ? createByIetf(run, run.uploads.resumable) : undefined,
});

export const fileActs: Readonly<Record<FileAct["kind"], ActHandler>> = {
  "put-file": fileTaker(checkFile, async (run, value) => {
    const property = propertyOf(run);
    const [file] = filesIn(run, value);
    if (!file) throw missingFile(property);
    const earlier = await run.idempotent?.earlier();
    if (earlier) return earlier;
    const collection = itemCollection(run);
    const before = attachmentOf(run, await findResource(run));
    const answer = (made: ResourceState): Answer => {
      const now = attachmentOf(run, made);
      return {
        // RFC 9110 §9.3.4: 201 when there was none before; the ETag is that of what was put.
        status: statusOf(run.plan.response, before ? 200 : 201),
        headers: {
          ...(now ? { etag: fileEtag(now) } : {}),
          ...locationOf(run, collection, made, "content-location"),
        },
      };
    };
    const record = recordOf(run, collection, answer);
    const change = { ...changeOf(run, checkFile(run)), record };
    const state = await run.resources.putFile(
      collection,
      { id: itemId(run), property },
      file,
      change,
    );
    return showResource(run, collection, state, answer(state));
  }),
  "add-file": fileTaker(checkResource, async (run, value) => {
    const property = propertyOf(run);
    const files = filesIn(run, value);
    if (files.length === 0) throw missingFile(property);
    const earlier = await run.idempotent?.earlier();
    if (earlier) return earlier;
    const collection = itemCollection(run);
    const answer = (made: ResourceState): Answer => ({
      status: statusOf(run.plan.response, 201),
      headers: locationOf(run, collection, made, "content-location"),
    });
    const record = recordOf(run, collection, answer);
    const change = { ...checkedChangeOf(run, checkResource(run)), record };
    const state = await run.resources.addFiles(
      collection,
      { id: itemId(run), property },
      files,
      change,
    );
    return showResource(run, collection, state, answer(state));
  }),
  "get-file": { perform: getFile },
  "delete-file": fileHandler(checkFile, async (run) => {
    const property = propertyOf(run);
    const found = attachmentOf(run, await findResource(run));
    if (!found) throw noFile(property);
    const collection = itemCollection(run);
    const many = isOneOfMany(run);
    if (collection.plan.requiredFiles.has(property) && !many) throw neededFile(property);
    const place = {
      id: itemId(run),
      property,
      ...(many ? { fileId: found.blob.reference.id } : {}),
    };
    await run.resources.deleteFile(collection, place, checkedChangeOf(run, checkFile(run)));
    return { status: 204, headers: {} };
  }),
};

// Opened before it is answered, and once for all ranges: what is replaced or deleted meanwhile is
// read to its end.
async function getFile(run: OperationRun): Promise<HttpResponse> {
  const attached = attachmentOf(run, await findResource(run));
  const { url } = attached?.blob.reference ?? {};
  if (attached && url !== undefined) return elsewhere(run, attached, url);
  // HEAD is answered here: a URL is signed for one method, or for both, as the storage has it.
  if (attached && run.signedUrl && run.request.method === "GET") {
    const response = await redirected(run, attached, run.signedUrl);
    if (response) return response;
  }
  const { found, blob } = await openFile(run);
  const { reference } = found.blob;
  const filename = filenameOf(run, found);
  const served = { reference, etag: fileEtag(found), modifiedMs: found.createdAt, filename };
  return blobResponse(run.request, served, blob);
}

// A file that came without a name is called as its property.
function filenameOf(run: OperationRun, { blob: { reference } }: Attachment): string {
  return reference.filename ?? `${propertyOf(run)}.${fileExtension(reference.mediaType)}`;
}

// While files move from one storage to another, which may sign nothing.
function unlessMissing(error: unknown): undefined {
  if (!isNotFound(error)) throw error;
}

type SignedUrl = NonNullable<OperationRun["signedUrl"]>;

/** Whoever follows sends them to the storage as well, which has another tag and another time: it would refuse them. */
const conditionsMet = ["if-match", "if-unmodified-since"];

// Undefined where the server is to send it. Conditions are judged here, by the tag that is told here; ranges are the
// storage's. Nobody keeps the answer: its URL is over soon, and a 304 would bring it back.
async function redirected(
  run: OperationRun,
  found: Attachment,
  signedUrl: SignedUrl,
): Promise<HttpResponse | undefined> {
  const current = { etag: fileEtag(found), modifiedMs: found.createdAt };
  const verdict = checkPreconditions(run.request, current);
  if (verdict === "failed") throw preconditionFailed();
  const { etag } = current;
  if (verdict === "not-modified")
    return { status: 304, headers: { etag, "cache-control": "private, no-cache" } };
  if (conditionsMet.some((name) => run.request.headers[name] !== undefined)) return undefined;
  const { key, reference } = found.blob;
  const { mediaType } = reference;
  const filename = filenameOf(run, found);
  const contentDisposition = dispositionOf({ mediaType, filename });
  const location = await signedUrl(key, { mediaType, contentDisposition }).catch(unlessMissing);
  if (location === undefined) return undefined;
  return { status: 307, headers: { etag, location, "cache-control": "private, no-store" } };
}

// Kept there, and not here: what it is like was found out when it was attached.
function elsewhere(run: OperationRun, found: Attachment, url: string): HttpResponse {
  const headers = { etag: fileEtag(found), "cache-control": "private, no-cache" };
  const current = { etag: fileEtag(found), modifiedMs: found.createdAt };
  const verdict = checkPreconditions(run.request, current);
  if (verdict === "failed") throw preconditionFailed();
  if (verdict === "not-modified") return { status: 304, headers };
  return { status: 307, headers: { ...headers, location: url } };
}

interface OpenFile {
  readonly found: Attachment;
  readonly blob: OpenBlob;
}

// A change between reading the row and opening its bytes has left a new row.
async function openFile(run: OperationRun): Promise<OpenFile> {
  for (const isLast of [false, true]) {
    const found = attachmentOf(run, await findResource(run));
    if (!found) break;
    try {
      return { found, blob: await run.openBlob(found.blob.key) };
    } catch (error) {
      const isGone = isNotFound(error);
      if (!isGone) throw error;
      if (isLast) break;
    }
  }
  throw noFile(propertyOf(run));
}

function propertyOf({ plan }: OperationRun): string {
  if ("property" in plan.act) return plan.act.property;
  throw new Error("The operation is not about a file.");
}

function attachmentOf(run: OperationRun, { attachments }: ResourceState): Attachment | undefined {
  const property = `/${propertyOf(run)}`;
  const fileId = isOneOfMany(run) ? pathValues(run).at(-1) : undefined;
  return attachments.find(
    (each) =>
      each.property === property && (fileId === undefined || each.blob.reference.id === fileId),
  );
}

function checkFile(run: OperationRun): Check {
  return (state) => {
    const found = attachmentOf(run, state);
    checkChange(run, found && { etag: fileEtag(found), modifiedMs: found.createdAt });
  };
}

/** The body is the file itself, or has it in its property. */
function filesIn(run: OperationRun, value: unknown): ReceivedFile[] {
  const property = propertyOf(run);
  const said = isObject(value) && !(value instanceof ReceivedFile) ? value[property] : value;
  const all = [said].flat();
  if (said !== value && said !== undefined && isFileInJson(run)) throw wrapped(property);
  if (all.some((each) => uploadTokenIn(each) !== undefined))
    throw new WaybillError({ ...notUsable().faults[0], pointer: formatPointer([property]) });
  return all.filter((each) => each instanceof ReceivedFile);
}

/** Is the body, as JSON, the file itself? Then it is no object with the property. */
function isFileInJson({ plan, request }: OperationRun): boolean {
  const type = parseMediaType(request.headers["content-type"] ?? "");
  const media = type && plan.body && chooseMediaType(plan.body, type);
  return media?.body.kind === "json" && media.body.value?.file === true;
}

function wrapped(property: string): WaybillError {
  const name = JSON.stringify(property);
  const detail = `As JSON the body is the file itself, without ${name} around it: its encoded text, or {"upload": "…"}.`;
  return new WaybillError({ code: "invalid-value", detail, pointer: formatPointer([property]) });
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
  const detail = `The file ${JSON.stringify(property)} is required; replace it, or delete the resource.`;
  return new WaybillError({ code: "conflict", detail });
}
