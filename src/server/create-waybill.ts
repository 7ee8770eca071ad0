// The composition root: document, database, store and engine put together. `waybill serve` is built
// on this and nothing else.
import { setTimeout as pause } from "node:timers/promises";
import { createFetchHandler } from "../adapter/fetch.js";
import { createNodeListener, type NodeListener } from "../adapter/node.js";
import { systemClock, type Clock } from "../base/clock.js";
import type { Limits } from "../base/limits.js";
import type { BodyOptions } from "../body/body-context.js";
import { blobs } from "../db/blobs.js";
import { createEngine, type EngineOptions, type Exchange } from "../http/engine.js";
import { withCors } from "../http/cors.js";
import type { HttpHandler } from "../http/exchange.js";
import type { Authenticate, Hooks } from "../http/hooks.js";
import { createDocument, type OpenApiDocument } from "../openapi/document.js";
import { parseDocument, readDocument } from "../openapi/read-document.js";
import type { ReferenceOptions } from "../openapi/allowed-references.js";
import { loadReferences } from "../openapi/load-references.js";
import { expandDocument } from "../plan/expand.js";
import { createPlan, type Plan } from "../plan/plan.js";
import { createAnswers } from "../resource/answers.js";
import { createResources } from "../resource/resources.js";
import { createTransact } from "../resource/transact.js";
import { createIngest } from "../upload/ingest.js";
import { reapYoung, type ReapOptions } from "../upload/prune.js";
import { createPruneLease } from "../upload/prune-lease.js";
import { startPruner } from "../upload/pruner.js";
import { createRemoteFiles, type RemoteFiles, type UrlOptions } from "../upload/remote-files.js";
import { openRequestFiles } from "../upload/request-files.js";
import type { Store } from "../store/store.js";
import { createUploads } from "../upload/uploads.js";
import type { WebhookEndpoint } from "../upload/webhook-sender.js";
import { startWebhooks } from "../upload/webhooks.js";
import { authenticateBy, type Credential } from "./authenticate.js";
import { corsOptionsOf, type CorsOptions } from "./cors-options.js";
import { bodyOptionsOf } from "./body-options-of.js";
import { documentPages } from "./document-pages.js";
import {
  eventsMsDefault,
  batchOptionsOf,
  checkApart,
  metricsPathOf,
  pruneOptionsOf,
  uploadOptionsOf,
  type BatchOptions,
  type PruneOptions,
  type UploadOptions,
} from "./due-options.js";
import { limitsOf } from "./limits-of.js";
import { listen, type Listening, type ListenOptions } from "./listen.js";
import { createMetrics, type Metrics } from "./metrics.js";
import { openData, type Data } from "./open-data.js";
import { postWebhook } from "./post-webhook.js";
import { holderOf, prepareData } from "./prepare-data.js";
import { pruneSteps } from "./prune-steps.js";
import { publicUrlOf } from "./public-url.js";
import { countRunning, stopped } from "./running-requests.js";
import {
  directMsDefault,
  downloadOptionsOf,
  graceMsOf,
  type DownloadOptions,
} from "./signed-url-options.js";
import { webhookOptionsOf, type WebhookOptions } from "./webhook-options.js";

export interface WaybillOptions {
  /** An OpenAPI document: the name of a YAML or JSON file, its text, or its value. */
  readonly document: string | object;
  /** The folder for what has no place of its own, made when it is missing; `:memory:` keeps all in memory. Default `waybill-data`. */
  readonly data?: string;
  /** Where the rows are: `postgres://…`, or the path of an SQLite file. Default `waybill.db` in `data`. */
  readonly db?: string;
  /** Where the files are: `s3://…`, `azure://…`, `gs://…`, or the path of a folder. Default `files` in `data`. */
  readonly store?: string;
  /** Another one, where files are that are not in `store` yet: while they move. */
  readonly readAlso?: string;
  /** Code for operations, by `operationId`. */
  readonly operations?: Hooks;
  /** Who asks. Without it, operations that demand credentials answer 401. */
  readonly authenticate?: Authenticate;
  /** Fixed credentials for the document's security schemes, where `authenticate` is not given. */
  readonly credentials?: readonly Credential[];
  /** Each by name; see `defaultLimits`. */
  readonly limits?: Partial<Limits>;
  /** What the document may refer to beyond its folder. Default nothing. */
  readonly references?: ReferenceOptions;
  /** What to do with `readOnly` properties in requests. Default `strip`. */
  readonly readOnly?: BodyOptions["readOnly"];
  /** How bodies are read where that is left to tools; each by name, see `BodyOptions`. */
  readonly body?: Partial<Omit<BodyOptions, "readOnly">>;
  /** `https://api.example.com`, where clients reach this server by another name than they say. */
  readonly publicUrl?: string;
  /** PUT, PATCH and DELETE of what is there need If-Match or its kin, else 428 (RFC 6585 §3). Default false. */
  readonly requireConditions?: boolean;
  /** Uploads that come before their resource, under `{"upload": "<token>"}`; false for none. */
  readonly uploads?: false | UploadOptions;
  /** Whether files are sent by the server, or from the storage by a signed URL. Default by the server. */
  readonly downloads?: DownloadOptions;
  /** Several requests as one, at `/batch`; false for none. */
  readonly batch?: false | BatchOptions;
  /** Where files may be fetched from that a body names by a URL, `{"url": "https://…"}`. Default nowhere. */
  readonly urls?: UrlOptions;
  /** Whose pages elsewhere may use this API from a browser. Default false: nobody's. */
  readonly cors?: false | CorsOptions;
  /** What is due is done in the background, at the start and every minute; false for the start alone. */
  readonly prune?: false | PruneOptions;
  /** Who is told of what happens, by signed requests (Standard Webhooks). Default nobody. */
  readonly webhooks?: readonly WebhookOptions[];
  /** Called once for each exchange, when its response is made. */
  readonly observe?: (exchange: Exchange) => void;
  /** Called for what goes wrong in the background; it is tried again in the next round. */
  readonly onError?: (error: unknown) => void;
  /** What this node does, for Prometheus: true for `/metrics`, on the same port and for anybody. Default false. */
  readonly metrics?: boolean | { readonly path: string };
  /** Whether `/docs` and `/openapi.json` are there. Default true. */
  readonly pages?: boolean;
}

export type { CorsOptions } from "./cors-options.js";
export type { BatchOptions, PruneOptions, UploadOptions } from "./due-options.js";
export type { DownloadOptions } from "./signed-url-options.js";
export type { WebhookOptions } from "./webhook-options.js";

const expiresMsDefault = 24 * 60 * 60 * 1000;

export interface Waybill {
  /** What the document says, operation by operation. */
  readonly plan: Plan;
  /** A request listener of `node:http`, `node:https` and `node:http2`. */
  readonly node: NodeListener["request"];
  /** For their `checkContinue` event: large bodies that would be refused are then never sent. */
  readonly checkContinue: NodeListener["checkContinue"];
  /** The same as a Web handler. */
  readonly fetch: (request: Request) => Promise<Response>;
  readonly handle: HttpHandler;
  /** A server of its own on one port, for HTTP/1.1 and HTTP/2, with TLS or without. */
  listen(options: ListenOptions): Promise<Listening>;
  /** Rejects when the database does not answer, and once it is draining. */
  ready(): Promise<void>;
  /**
   * Before the end: `/readyz` says 503 from now on, so that a balancer sends nothing more. After `readyMs` (default 0),
   * resumable uploads are cut off with what they have, to go on at another node. All else goes on until `close`.
   */
  drain(readyMs?: number): Promise<void>;
  /** Does what is due now, as is done in the background; the round that is running, if one is. Never rejects. */
  prune(): Promise<void>;
  /** Refuses new requests, waits for those under way, and closes the database. */
  close(): Promise<void>;
}

/** Rejects with a DocumentError for a document that cannot be used, and when the data folder cannot be. */
export function createWaybill(options: WaybillOptions): Promise<Waybill> {
  const { data = "waybill-data", db, store, readAlso } = options;
  return build(options, () => openData({ data, db, store, readAlso }), systemClock);
}

/** The same over a database and a store that are open; closes them when it rejects. */
export function assembleWaybill(
  options: WaybillOptions,
  data: Data,
  clock: Clock = systemClock,
): Promise<Waybill> {
  return build(options, async () => data, clock);
}

async function build(
  options: WaybillOptions,
  open: () => Promise<Data>,
  clock: Clock,
): Promise<Waybill> {
  const limits = limitsOf(options.limits);
  const uploads = uploadOptionsOf(options.uploads);
  const downloads = downloadOptionsOf(options.downloads);
  const prune = pruneOptionsOf(options.prune);
  const webhooks = webhookOptionsOf(options.webhooks);
  const path = uploads === false ? undefined : uploads.path;
  const remote = createRemoteFiles({ urls: options.urls ?? {}, limits });
  const batch = batchOptionsOf(options.batch);
  checkApart(uploads, batch);
  publicUrlOf(options.publicUrl);
  const document = expandDocument(await documentOf(options), {
    uploads: path,
    batch: batch === false ? undefined : batch.path,
    urls: remote !== undefined,
    events: [...new Set(webhooks.flatMap(({ types }) => types))],
  });
  const metrics = metricsPathOf(options.metrics);
  const checked = {
    options,
    limits,
    uploads,
    downloads,
    prune,
    webhooks,
    remote,
    metrics,
    document,
  };
  const data = await open();
  try {
    return await assemble({ ...checked, data, clock });
  } catch (error) {
    await data.close();
    throw error;
  }
}

interface Parts {
  readonly options: WaybillOptions;
  readonly limits: Limits;
  readonly uploads: ReturnType<typeof uploadOptionsOf>;
  readonly downloads: Required<DownloadOptions>;
  readonly prune: ReturnType<typeof pruneOptionsOf>;
  readonly remote: RemoteFiles | undefined;
  readonly webhooks: readonly WebhookEndpoint[];
  /** The path of the page. */
  readonly metrics: string | undefined;
  readonly document: OpenApiDocument;
  readonly data: Data;
  readonly clock: Clock;
}

async function assemble(parts: Parts): Promise<Waybill> {
  const { options, limits, remote, document, data, clock } = parts;
  const startedMs = clock.now();
  const cors = corsOptionsOf(options.cors);
  const bodyOptions = bodyOptionsOf({ ...options.body, readOnly: options.readOnly });
  const plan = createPlan(document, bodyOptions);
  const metrics = parts.metrics === undefined ? undefined : await createMetrics(parts.metrics);
  const db = metrics ? metrics.db(data.db) : data.db;
  const store = metrics ? metrics.store(data.store) : data.store;
  await prepareData(data, plan, startedMs);
  const ingest = createIngest({ store, clock, limits });
  const directMs = parts.uploads === false ? directMsDefault : parts.uploads.directMs;
  const graceMs = graceMsOf(store, { downloads: parts.downloads, directMs });
  const reapNow = (): Promise<void> => reapQuietly({ db, store, clock, graceMs });
  const { eventsMs } = parts.prune || { eventsMs: eventsMsDefault };
  const { expiresMs, download } = parts.uploads || { expiresMs: expiresMsDefault, download: false };
  // What was staged before they were turned off expires all the same.
  const staged = createUploads({
    db,
    store,
    clock,
    expiresMs,
    urlsMs: directMs,
    fileBytesMax: limits.fileBytesMax,
    isReadable: download,
    reap: reapNow,
  });
  const uploads = parts.uploads === false ? undefined : staged;
  const committed = (keys: readonly string[]): Promise<Set<string>> => blobs.keysAmong(db, keys);
  const draining = new AbortController();
  const ready = async (): Promise<void> => {
    if (draining.signal.aborted) throw stopped();
    await db.get("SELECT 1 AS one");
  };
  const answers = createAnswers({ db, clock, expiresMs: expiresMsDefault });
  const basePath = publicPath(options) + plan.basePath;
  const resourcesOptions = { db, clock, reap: reapNow, basePath };
  const engine = createEngine({
    plan,
    answers,
    resources: createResources(resourcesOptions),
    transact: createTransact(resourcesOptions),
    limits,
    clock,
    openFiles: (how) => openRequestFiles({ ingest, uploads, remote, committed, ...how }),
    ...(uploads ? { uploads } : {}),
    openBlob: (key) => store.open(key),
    ...redirects(store, parts.downloads),
    pages: [
      ...(options.pages === false ? [] : documentPages(document, ready)),
      ...(metrics ? [metrics.page] : []),
    ],
    bodyOptions,
    ...engineOptions(options, document),
    ...(metrics ? { observe: (each) => observeBoth(metrics, options, each) } : {}),
  });
  const crossing = cors ? withCors(engine, cors) : engine;
  const { handle, stop } = countRunning(metrics ? metrics.handler(crossing) : crossing);
  const onError = (error: unknown): void => {
    metrics?.failed();
    tell(options, error);
  };
  const lease = createPruneLease({ db, clock, holder: holderOf(data) });
  const steps = pruneSteps({
    db,
    store,
    clock,
    graceMs,
    answers,
    staged,
    eventsMs,
    uploadsMs: expiresMs,
    isAlone: data.isAlone,
  });
  const pruner = startPruner({
    lease: metrics ? metrics.lease(lease) : lease,
    intervalMs: parts.prune === false ? undefined : parts.prune.intervalMs,
    steps: [...steps].map(([name, step]) => (metrics ? metrics.step(name, step) : step)),
    onError,
  });
  const webhooks = await startWebhooks({
    db,
    clock,
    endpoints: parts.webhooks,
    post: postWebhook,
    onError,
  });
  let closing: Promise<void> | undefined;
  const close = async (): Promise<void> => {
    await Promise.all([stop(), pruner.stop(), webhooks.stop()]);
    metrics?.close();
    await data.close();
  };
  const listener = createNodeListener(handle);
  return {
    plan,
    handle,
    ready,
    prune: () => pruner.run(),
    async drain(readyMs = 0) {
      draining.abort();
      if (readyMs > 0) await pause(readyMs);
      await staged.resumable.drain();
    },
    node: listener.request,
    checkContinue: listener.checkContinue,
    listen: (where) => listen(handle, where),
    fetch: createFetchHandler(handle),
    close: () => (closing ??= close()),
  };
}

function observeBoth(metrics: Metrics, { observe }: WaybillOptions, exchange: Exchange): void {
  metrics.observe(exchange);
  observe?.(exchange);
}

// A log that fails must not end what goes on in the background.
function tell({ onError }: WaybillOptions, error: unknown): void {
  try {
    onError?.(error);
  } catch {}
}

/** A prefix that a proxy takes off: it stands in links, and in what is sent back of them. */
function publicPath({ publicUrl }: WaybillOptions): string {
  return publicUrl === undefined ? "" : new URL(publicUrl).pathname.replace(/\/+$/, "");
}

function redirects({ signed }: Store, { mode, expiresMs }: Required<DownloadOptions>): Redirects {
  if (mode !== "redirect" || !signed) return {};
  return { signedUrl: (key, answer) => signed.read(key, { ...answer, expiresMs }) };
}

type Redirects = Pick<EngineOptions, "signedUrl">;

/** What the caller may leave out. */
function engineOptions(options: WaybillOptions, document: OpenApiDocument): Partial<EngineOptions> {
  const { credentials, operations, publicUrl, observe, requireConditions } = options;
  const authenticate =
    options.authenticate ?? (credentials && authenticateBy(document, credentials));
  return {
    ...(operations ? { hooks: operations } : {}),
    ...(authenticate ? { authenticate } : {}),
    ...(publicUrl === undefined ? {} : { publicUrl }),
    ...(observe ? { observe } : {}),
    ...(requireConditions === undefined ? {} : { requireConditions }),
  };
}

// The rows are committed: bytes that cannot be deleted now have their tombstone, and are tried again.
async function reapQuietly(options: ReapOptions): Promise<void> {
  await reapYoung(options).catch(() => undefined);
}

async function documentOf({ document, references = {} }: WaybillOptions): Promise<OpenApiDocument> {
  return loadReferences(await readSaid(document), references);
}

async function readSaid(said: string | object): Promise<OpenApiDocument> {
  if (typeof said !== "string") return createDocument(said);
  return said.includes("\n") || said.trimStart().startsWith("{")
    ? parseDocument(said)
    : readDocument(said);
}
