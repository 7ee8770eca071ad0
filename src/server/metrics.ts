// What one node has done and is doing, in the text format of Prometheus. Every label has a bounded set of values:
// operations, styles, calls, never paths or ids.
import type { Db } from "../db/db.js";
import type { Exchange } from "../http/engine.js";
import type { HttpHandler, HttpResponse } from "../http/exchange.js";
import type { Page } from "../http/routes.js";
import type { Store } from "../store/store.js";
import type { PruneLease } from "../upload/prune-lease.js";
import type { PruneStep } from "../upload/pruner.js";
import { countedOctets } from "./counted-octets.js";
import { createMeters, type Meters } from "./meters.js";
import { timedCalls } from "./timed-calls.js";

export interface Metrics {
  readonly page: Page;
  observe(exchange: Exchange): void;
  handler(handler: HttpHandler): HttpHandler;
  db(db: Db): Db;
  store(store: Store): Store;
  lease(lease: PruneLease): PruneLease;
  step(name: string, step: PruneStep): PruneStep;
  /** Something in the background failed. */
  failed(): void;
  close(): void;
}

/** Loads the library for it. */
export async function createMetrics(path: string): Promise<Metrics> {
  const meters = createMeters(await import("prom-client"));
  let database: Db | undefined;
  return {
    page: {
      path,
      handle() {
        tellConnections(database, meters);
        return pageOf(meters);
      },
    },
    observe({ operationId = "", status, durationMs }) {
      const labels = { operation: operationId, status: String(status) };
      meters.requests.inc(labels);
      meters.requestSeconds.observe({ operation: operationId }, durationMs / 1000);
    },
    handler: (handler) =>
      countedOctets(handler, {
        count: (direction, octets) => meters.octets.inc({ direction }, octets),
        running: (by) => meters.running.inc(by),
        brought: (style, status) => meters.bodies.inc({ style, outcome: outcomeOf(status) }),
      }),
    db(db) {
      database = db;
      return timedDb(db, meters);
    },
    store: (store) =>
      timedCalls(store, {
        tell: ({ call, seconds, failed }) => {
          meters.storeCalls.inc({ call, outcome: failed ? "failed" : "done" });
          meters.storeSeconds.observe({ call }, seconds);
        },
        held: (call, by) => meters.open.inc({ kind: kindOf(call) }, by),
      }),
    lease: (lease) => ({
      ...lease,
      async take() {
        const isMine = await lease.take();
        meters.pruneRounds.inc({ outcome: isMine ? "run" : "elsewhere" });
        return isMine;
      },
    }),
    step: (name, step) => timedStep(name, step, meters),
    failed: () => meters.errors.inc(),
    close: () => meters.registry.clear(),
  };
}

async function pageOf({ registry }: Meters): Promise<HttpResponse> {
  const headers = { "content-type": registry.contentType, "cache-control": "no-store" };
  return { status: 200, headers, body: await registry.metrics() };
}

function tellConnections(db: Db | undefined, { dbConnections }: Meters): void {
  for (const [use, counts] of Object.entries(db?.connections?.() ?? {}))
    for (const [state, count] of Object.entries(counts)) dbConnections.set({ use, state }, count);
}

function outcomeOf(status: number): string {
  if (status < 400) return "done";
  return status < 500 ? "refused" : "failed";
}

/** Of what is held open. */
function kindOf(call: string): string {
  if (call === "open") return "reader";
  return call === "create" ? "writer" : "partial";
}

/** A transaction whose work is run again has met another. */
function timedDb(db: Db, meters: Meters): Db {
  const timed = timedCalls(db, {
    tell: ({ call, seconds, failed }) => {
      meters.dbCalls.inc({ call, outcome: failed ? "failed" : "done" });
      meters.dbSeconds.observe({ call }, seconds);
    },
  });
  const transaction: Db["transaction"] = (work) => {
    let runs = 0;
    return timed.transaction((sql) => {
      if (++runs > 1) meters.dbRetries.inc();
      return work(sql);
    });
  };
  return {
    ...db,
    run: (text, params) => timed.run(text, params),
    all: (text, params) => timed.all(text, params),
    get: (text, params) => timed.get(text, params),
    transaction,
  };
}

function timedStep(name: string, step: PruneStep, meters: Meters): PruneStep {
  return async () => {
    const end = meters.pruneSeconds.startTimer({ step: name });
    let outcome = "failed";
    try {
      const isMore = await step();
      outcome = isMore ? "more" : "done";
      return isMore;
    } finally {
      end();
      meters.pruneSteps.inc({ step: name, outcome });
    }
  };
}
