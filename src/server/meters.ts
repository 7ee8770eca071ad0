// The meters of a node, each with its name and what it counts. Names and labels are what dashboards are built on.
import type * as prometheus from "prom-client";

/** From a look-up to a file of gigabytes. */
const requestBuckets = [0.005, 0.02, 0.1, 0.5, 2, 10, 60, 600];
const callBuckets = [0.001, 0.005, 0.02, 0.1, 0.5, 2, 10];

export type Meters = ReturnType<typeof createMeters>;

export function createMeters({
  Registry,
  Counter,
  Gauge,
  Histogram,
  collectDefaultMetrics,
}: typeof prometheus) {
  const registry = new Registry();
  const registers = [registry];
  const counter = <Label extends string>(
    name: string,
    help: string,
    labelNames: readonly Label[],
  ): InstanceType<typeof Counter<Label>> =>
    new Counter({ name: `waybill_${name}`, help, labelNames, registers });
  const gauge = <Label extends string>(
    name: string,
    help: string,
    labelNames: readonly Label[],
  ): InstanceType<typeof Gauge<Label>> =>
    new Gauge({ name: `waybill_${name}`, help, labelNames, registers });
  const seconds = <Label extends string>(
    name: string,
    help: string,
    labelNames: readonly Label[],
    buckets = callBuckets,
  ): InstanceType<typeof Histogram<Label>> =>
    new Histogram({ name: `waybill_${name}_seconds`, help, labelNames, buckets, registers });
  // Memory, processor, garbage collection and the lag of the event loop.
  collectDefaultMetrics({ register: registry });
  return {
    registry,
    requests: counter("requests_total", "Requests answered.", ["operation", "status"]),
    requestSeconds: seconds(
      "request",
      "From a request to its answer.",
      ["operation"],
      requestBuckets,
    ),
    running: gauge("requests_running", "Requests that are being answered.", []),
    octets: counter("octets_total", "Octets of bodies.", ["direction"]),
    bodies: counter("bodies_total", "Requests with a body, by how it came and what became of it.", [
      "style",
      "outcome",
    ]),
    open: gauge("open_blobs", "Blobs that are open to be read or written.", ["kind"]),
    storeCalls: counter("store_calls_total", "Calls of the store; partial.open.sync are commits.", [
      "call",
      "outcome",
    ]),
    storeSeconds: seconds("store_call", "How long the store takes.", ["call"]),
    dbCalls: counter("db_calls_total", "Transactions, and statements outside of them.", [
      "call",
      "outcome",
    ]),
    dbSeconds: seconds("db_call", "How long the database takes.", ["call"]),
    dbRetries: counter("db_transaction_retries_total", "Transactions that were run again.", []),
    dbConnections: gauge("db_connections", "Connections to the database, and who waits for one.", [
      "use",
      "state",
    ]),
    pruneRounds: counter("prune_rounds_total", "Rounds begun here, or left to another node.", [
      "outcome",
    ]),
    pruneSteps: counter("prune_steps_total", "Steps of rounds.", ["step", "outcome"]),
    pruneSeconds: seconds("prune_step", "How long steps take.", ["step"]),
    errors: counter("background_errors_total", "What went wrong in the background.", []),
  };
}
