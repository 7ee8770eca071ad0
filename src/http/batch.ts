// A batch: several requests in the parts of one, read one after the other as they come, and then carried out in one
// transaction, all of them or none. Each is authorised by itself, with the credentials of the request around it.
import { randomUUID } from "node:crypto";
import { createDeferred } from "../base/deferred.js";
import { WaybillError } from "../base/fault.js";
import { essenceOf, parseMediaType, type MediaType } from "../base/media-type.js";
import type { MemoryBudget } from "../body/body-context.js";
import {
  createEmbeddedRequests,
  ofRequest,
  type EmbeddedEvent,
  type EmbeddedRequest,
} from "../body/embedded-requests.js";
import type { Act } from "../plan/act.js";
import type { ResourcesOf } from "../resource/resources.js";
import type { Transact } from "../resource/transact.js";
import { actHandlers } from "./acts.js";
import { createReferences, isReference, type References } from "./batch-references.js";
import { batchResponse } from "./batch-response.js";
import { decodeContent } from "./content-encoding.js";
import { withoutDraftState } from "./draft-body.js";
import { embeddedRequest } from "./embedded-request.js";
import type { HttpRequest, HttpResponse } from "./exchange.js";
import type { OperationHooks } from "./hooks.js";
import { jsonResponse } from "./json-response.js";
import type { OperationRun } from "./operation-run.js";
import { PushedBody } from "./pushed-body.js";
import { verifyDigest } from "./verify-digest.js";
import { asProblem, wholeResponse, type WholeResponse } from "./whole-response.js";

/** One request that has come in, and whom it is by. */
export interface Entered {
  readonly run: OperationRun;
  readonly hooks: OperationHooks | undefined;
  readonly principal: unknown;
}

export interface BatchParts {
  readonly run: OperationRun;
  /** Finds its operation and who asks. Rejects where there is none, or they may not. */
  enter(request: HttpRequest): Promise<Entered>;
  /** Reads what it says, and hands that on; `act` answers when all are done. */
  readThen(
    entered: Entered,
    memory: MemoryBudget,
    act: (value: unknown) => Promise<HttpResponse>,
  ): Promise<HttpResponse>;
  readonly transact: Transact;
}

/** One of the requests, on its way. */
interface Part {
  readonly said: EmbeddedRequest;
  readonly entered: Entered;
  readonly body: PushedBody;
  /** What it says; rejects when it cannot be read. */
  readonly value: Promise<unknown>;
  /** With what hooks make of it. */
  readonly response: Promise<HttpResponse>;
  settle(response: HttpResponse): void;
  fail(error: unknown): void;
}

export async function performBatch(parts: BatchParts): Promise<HttpResponse> {
  const { run } = parts;
  const { limits, request } = run;
  const contentType = batchType(request);
  const all: Part[] = [];
  let failure: unknown;
  try {
    const body = decodeContent(
      verifyDigest(request.body, request.headers),
      request.headers["content-encoding"],
      limits,
    );
    const reader = createEmbeddedRequests({ contentType, limits });
    const take = createTaker(parts, all);
    await body.pump(async (chunk) => {
      for (const event of reader.write(chunk)) await take(event);
    }, limits);
    for (const event of reader.end()) await take(event);
    if (all.length === 0) throw empty();
    return await performAll(parts, all);
  } catch (error) {
    failure = error;
    for (const part of all) part.fail(error);
    throw error;
  } finally {
    await Promise.allSettled(all.map(({ response }) => response));
    await Promise.all(all.map(({ entered }) => entered.run.files.discardAll(failure)));
  }
}

/** Takes one event after the other; each request is begun when it is known whether it has a body. */
function createTaker(parts: BatchParts, all: Part[]): (event: EmbeddedEvent) => Promise<void> {
  const memory = { leftBytes: parts.run.limits.valueBytesMax };
  const references = createReferences();
  let said: EmbeddedRequest | undefined;
  let part: Part | undefined;
  let size = 0;

  const begin = async (request: EmbeddedRequest, present: boolean): Promise<Part> => {
    const body = new PushedBody(present);
    const inner = embeddedRequest(parts.run.request, references.resolve(request), body);
    const entered = await parts.enter(inner);
    const begun = startPart(parts, { said: request, entered, body }, memory);
    all.push(begun);
    return begun;
  };
  const takeOne = async (event: EmbeddedEvent, request: EmbeddedRequest): Promise<void> => {
    if (event === "end") {
      part ??= await begin(request, false);
      checkLength(request, size);
      part.body.end();
      await part.value;
      references.add(request, part.entered.run);
    } else if (event instanceof Uint8Array) {
      size += event.length;
      part ??= await begin(request, true);
      // What nobody reads is passed over.
      await Promise.race([part.body.push(event), part.value]);
    }
  };
  return async (event) => {
    if (event !== "end" && !(event instanceof Uint8Array)) {
      said = event;
      part = undefined;
      size = 0;
    } else if (said) {
      const { index } = said;
      await takeOne(event, said).catch((error: unknown) => {
        throw ofRequest(index, error);
      });
    }
  };
}

function startPart(
  parts: BatchParts,
  known: Pick<Part, "said" | "entered" | "body">,
  memory: MemoryBudget,
): Part {
  const done = createDeferred<HttpResponse>();
  const value = createDeferred<unknown>();
  const response = parts.readThen(known.entered, memory, (read) => {
    value.resolve(read);
    return done.promise;
  });
  response.catch(value.reject);
  return {
    ...known,
    value: value.promise,
    response,
    settle: done.resolve,
    fail(error) {
      known.body.fail(error);
      done.reject(error);
    },
  };
}

async function performAll(parts: BatchParts, all: readonly Part[]): Promise<HttpResponse> {
  const { idempotent, request, limits } = parts.run;
  idempotent?.read(await Promise.all(all.map(identityOf)));
  const earlier = await idempotent?.earlier();
  // What was kept is what hooks have not seen yet: they may hide something of it.
  const { boundary, responses } = earlier ? keptIn(earlier) : await performNow(parts, all);
  for (const [i, part] of all.entries()) part.settle(responses[i] ?? { status: 204, headers: {} });
  const final = await Promise.all(all.map(({ response }) => response.catch(asProblem)));
  const memory = { leftBytes: limits.valueBytesMax };
  const whole: WholeResponse[] = [];
  for (const each of final) whole.push(await wholeResponse(each, memory));
  const answers = whole.map((response, i) => ({ contentId: all[i]?.said.contentId, response }));
  return batchResponse(answers, { accept: request.headers["accept"], boundary });
}

/** What tells a request from another, whichever boundaries its body has. */
async function identityOf({ said, entered, value }: Part): Promise<unknown> {
  const { method, target, headers } = said;
  const type = parseMediaType(headers["content-type"] ?? "");
  const conditions = Object.entries(headers).filter(([name]) => name.startsWith("if-"));
  return {
    method,
    target,
    principal: entered.run.principal,
    type: type ? essenceOf(type) : null,
    conditions: Object.fromEntries(conditions),
    value: await value,
  };
}

async function performNow(
  { run: { idempotent }, transact }: BatchParts,
  all: readonly Part[],
): Promise<KeptBatch> {
  const boundary = `batch-${randomUUID()}`;
  const { responses, kept } = await transact(async (resourcesOf, sql) => {
    const kept: (() => void)[] = []; // of this run: there may have been one before that came to nothing
    const made: HttpResponse[] = [];
    const references = createReferences();
    for (const part of all) made.push(await performOne(part, { resourcesOf, references, kept }));
    await idempotent?.keep(sql, jsonResponse(200, { boundary, responses: made }));
    return { responses: made, kept };
  });
  for (const keep of kept) keep();
  return { boundary, responses };
}

/** What a batch is answered by, before hooks have seen it. */
interface KeptBatch {
  readonly boundary: string;
  readonly responses: readonly HttpResponse[];
}

function keptIn({ body }: HttpResponse): KeptBatch {
  return JSON.parse(typeof body === "string" ? body : "") as KeptBatch;
}

interface Performing {
  readonly resourcesOf: ResourcesOf;
  readonly references: References;
  /** What is to be done once all is committed. */
  readonly kept: (() => void)[];
}

async function performOne(
  { said, entered, value }: Part,
  { resourcesOf, references, kept }: Performing,
): Promise<HttpResponse> {
  const { run } = entered;
  const { act } = run.plan;
  try {
    if (act.kind === "none" || act.kind === "batch") throw new Error("Nothing was to be done.");
    const files = {
      ...run.files,
      keep: (ids: Iterable<string>): void => {
        const listed = [...ids];
        kept.push(() => run.files.keep(listed));
      },
    };
    const params = isReference(said.target) ? references.fill(run.params) : run.params;
    const within = { ...run, params, files, resources: resourcesOf(run.principal) };
    const final = withoutDraftState(run.plan, await value);
    const response = await actHandlers[act.kind].perform(within, final);
    references.made(said, response);
    return response;
  } catch (error) {
    throw ofRequest(said.index, error);
  }
}

/** What changes resources and their files, each by its convention. */
export function isBatchable({ kind }: Act): boolean {
  return batchable.has(kind);
}

const batchable = new Set<string>([
  "create",
  "replace",
  "patch",
  "delete",
  "put-file",
  "add-file",
  "delete-file",
] satisfies Act["kind"][]);

function batchType({ headers, body }: HttpRequest): MediaType {
  const said = headers["content-type"];
  const type = parseMediaType(said ?? "");
  if (!body.present) throw empty();
  if (type && essenceOf(type) === "multipart/mixed") return type;
  throw new WaybillError({
    code: "unsupported-media-type",
    detail: `The Content-Type ${JSON.stringify(said ?? "")} is not accepted here; send multipart/mixed.`,
  });
}

// Its end is that of its part; a length that says otherwise means that something is missing, or was slipped in.
function checkLength({ headers }: EmbeddedRequest, size: number): void {
  const length = headers["content-length"];
  if (length === undefined || length === String(size)) return;
  const detail = `The body has ${size} octets, not ${JSON.stringify(length)} as its Content-Length says.`;
  throw new WaybillError({ code: "bad-request", detail });
}

function empty(): WaybillError {
  return new WaybillError({ code: "missing-body", detail: "The batch has no requests." });
}
