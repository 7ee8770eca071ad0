// The composition root: document, database, store and engine put together. `waybill serve` is built
// on this and nothing else.
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { createFetchHandler } from "../adapter/fetch.js";
import { createNodeListener, type NodeListener } from "../adapter/node.js";
import { systemClock } from "../base/clock.js";
import type { Limits } from "../base/limits.js";
import { defaultBodyOptions, type BodyOptions } from "../body/body-context.js";
import type { Db } from "../db/db.js";
import { migrate } from "../db/migrations.js";
import { indexProperties } from "../db/property-index.js";
import { createSqliteDb } from "../db/sqlite-db.js";
import { createEngine, type Exchange, type Page } from "../http/engine.js";
import type { HttpHandler } from "../http/exchange.js";
import type { Authenticate, Hooks } from "../http/hooks.js";
import {
  createDocument,
  parseDocument,
  readDocument,
  type OpenApiDocument,
} from "../openapi/document.js";
import { expandDocument } from "../plan/expand.js";
import { createPlan, type OperationPlan, type Plan } from "../plan/plan.js";
import { createResources } from "../resource/resources.js";
import { createDiskStore } from "../store/disk-store.js";
import { createMemoryStore } from "../store/memory-store.js";
import type { Store } from "../store/store.js";
import { createIngest } from "../upload/ingest.js";
import { reap, sweepOrphans, type ReapOptions } from "../upload/prune.js";
import { authenticateBy, type Credential } from "./authenticate.js";
import { documentPages } from "./document-pages.js";
import { limitsOf } from "./limits-of.js";
import { listen, type Listening, type ListenOptions } from "./listen.js";

export interface WaybillOptions {
  /** An OpenAPI document: the name of a YAML or JSON file, its text, or its value. */
  readonly document: string | object;
  /** The folder for database and files, made when it is missing; `:memory:` keeps all in memory. Default `waybill-data`. */
  readonly data?: string;
  /** Code for operations, by `operationId`. */
  readonly operations?: Hooks;
  /** Who asks. Without it, operations that demand credentials answer 401. */
  readonly authenticate?: Authenticate;
  /** Fixed credentials for the document's security schemes, where `authenticate` is not given. */
  readonly credentials?: readonly Credential[];
  /** Each by name; see `defaultLimits`. */
  readonly limits?: Partial<Limits>;
  /** What to do with `readOnly` properties in requests. Default `ignore`. */
  readonly readOnly?: BodyOptions["readOnly"];
  /** `https://api.example.com`, where clients reach this server by another name than they say. */
  readonly publicUrl?: string;
  /** Called once for each exchange, when its response is made. */
  readonly observe?: (exchange: Exchange) => void;
  /** Whether `/docs` and `/openapi.json` are there. Default true. */
  readonly pages?: boolean;
}

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
  /** Rejects when the database does not answer. */
  ready(): Promise<void>;
  /** Waits for what is under way and closes the database. */
  close(): Promise<void>;
}

/** Rejects with a DocumentError for a document that cannot be used, and when the data folder cannot be. */
export async function createWaybill(options: WaybillOptions): Promise<Waybill> {
  const limits = limitsOf(options.limits);
  const document = expandDocument(await documentOf(options.document));
  const plan = createPlan(document);
  const clock = systemClock;
  const startedMs = clock.now();
  const { db, store } = await openData(options.data ?? "waybill-data");
  await migrate(db);
  await db.transaction((sql) => indexProperties(sql, filterNames(plan)));
  await store.sweep();
  await sweepOrphans({ db, store, beforeMs: startedMs });
  await reap({ db, store, clock });
  const ingest = createIngest({ store, clock, limits });
  const resources = createResources({
    db,
    clock,
    reap: () => reapQuietly({ db, store, clock }),
    basePath: plan.basePath,
  });
  const ready = async (): Promise<void> => void (await db.get("SELECT 1 AS one"));
  const { credentials } = options;
  const authenticate =
    options.authenticate ?? (credentials && authenticateBy(document, credentials));
  const handle = createEngine({
    plan,
    resources,
    limits,
    clock,
    openSession: () => ingest.session(),
    readBlob: (key, range) => store.read(key, range),
    bodyOptions: {
      ...defaultBodyOptions,
      readOnly: options.readOnly ?? defaultBodyOptions.readOnly,
    },
    pages: pagesOf(options, document, ready),
    ...(options.operations ? { hooks: options.operations } : {}),
    ...(authenticate ? { authenticate } : {}),
    ...(options.publicUrl === undefined ? {} : { publicUrl: options.publicUrl }),
    ...(options.observe ? { observe: options.observe } : {}),
  });
  const listener = createNodeListener(handle);
  return {
    plan,
    handle,
    ready,
    node: listener.request,
    checkContinue: listener.checkContinue,
    listen: (where) => listen(handle, where),
    fetch: createFetchHandler(handle),
    close: () => db.close(),
  };
}

/** Properties that some list filters by: without an index each would read its whole collection. */
function filterNames({ operations }: Plan): Set<string> {
  const lists = operations.filter(({ act }) => act.kind === "list");
  return new Set(lists.flatMap(filtersOf));
}

function filtersOf({ list, collection }: OperationPlan): string[] {
  return [...(list?.filters.keys() ?? [])].filter((name) => name !== collection?.id.property);
}

// The rows are committed: bytes that cannot be deleted now have their tombstone, and are tried again.
async function reapQuietly(options: ReapOptions): Promise<void> {
  await reap(options).catch(() => undefined);
}

async function documentOf(said: string | object): Promise<OpenApiDocument> {
  if (typeof said !== "string") return createDocument(said);
  return said.includes("\n") || said.trimStart().startsWith("{")
    ? parseDocument(said)
    : readDocument(said);
}

async function openData(data: string): Promise<{ db: Db; store: Store }> {
  if (data === ":memory:")
    return { db: await createSqliteDb({ path: data }), store: createMemoryStore() };
  await mkdir(data, { recursive: true });
  const db = await createSqliteDb({ path: join(data, "waybill.db") });
  return { db, store: await createDiskStore({ folder: join(data, "files") }) };
}

function pagesOf(
  options: WaybillOptions,
  document: OpenApiDocument,
  ready: () => Promise<void>,
): Page[] {
  return options.pages === false ? [] : documentPages(document, ready);
}
