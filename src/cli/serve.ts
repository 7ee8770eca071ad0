// `waybill serve`: a document as a running API.
import { setTimeout as pause } from "node:timers/promises";
import { setFlagsFromString } from "node:v8";
import { Command } from "commander";
import { pino, type Logger } from "pino";
import type { Exchange } from "../http/engine.js";
import { createWaybill, type Waybill } from "../server/create-waybill.js";
import { describeOperations, formatDescription } from "../server/describe.js";
import type { Listening } from "../server/listen.js";
import { showPlaces } from "../server/open-data.js";
import { readConfig, type ServeConfig, type ServeFlags } from "./config.js";
import { placeHelp } from "./place-help.js";
import { addReferenceFlags, append } from "./reference-flags.js";
import { version } from "./version.js";

/** Operations that are shown at the start; more would be compiled before the first request is answered. */
const describedMax = 100;
const closeMsMax = 10_000;
const logMsMax = 300;

export function serveCommand(): Command {
  const command = new Command("serve")
    .description("serve the API that a document describes")
    .argument("<document>", "an OpenAPI document, YAML or JSON")
    .option("-p, --port <port>", "to listen on; 0 for any that is free (default: $PORT, else 8080)")
    .option("-H, --host <host>", "to listen on (default: $HOST, else localhost)")
    .option(
      "-d, --data <folder>",
      "for the database and the files, made when missing; `:memory:` for neither (default: waybill-data)",
    )
    .option("--db <url>", placeHelp.db)
    .option("--store <url>", placeHelp.store)
    .option("--read-also <url>", placeHelp.readAlso)
    .option(
      "--allow-urls <where>",
      "host (https) or URL that files may be fetched from; may be given again (default: none)",
      append,
      [],
    )
    .option(
      "--allow-internal-urls <host>",
      "such a host that may have an internal address; may be given again",
      append,
      [],
    )
    .option("--tls-key <file>", "PEM; with --tls-cert: HTTP/2 and HTTP/1.1 over TLS")
    .option("--tls-cert <file>", "PEM")
    .option(
      "-c, --config <file>",
      "YAML or JSON with these options by name, and `limits`, `tls`, `credentials`, `publicUrl`, `readOnly`, `body`, `references`, `urls`, `requireConditions`, `uploads`, `downloads`, `batch`, `cors`, `prune`, `drain`, `metrics`, `webhooks`, `logLevel`",
    )
    .action((document: string, flags: ServeFlags) => serve(document, flags));
  return addReferenceFlags(command);
}

// Each socket chunk is 64 KiB outside the heap, and V8 answers that pressure with full collections of a
// heap in which there is nothing to collect: a third of an upload's CPU (bench/upload.mjs).
function tuneCollector(): void {
  setFlagsFromString("--heap-growing-percent=400");
}

async function serve(document: string, flags: ServeFlags): Promise<void> {
  tuneCollector();
  const config = await readConfig(flags, process.env);
  // Logs go to stderr, one JSON object a line: stdout is for people.
  const destination = pino.destination({ fd: 2, sync: false });
  const log = pino({ level: config.logLevel, base: undefined }, destination);
  const { data, db, store, readAlso } = config.places;
  const waybill = await createWaybill({
    document,
    data,
    ...(db === undefined ? {} : { db }),
    ...(store === undefined ? {} : { store }),
    ...(readAlso === undefined ? {} : { readAlso }),
    limits: config.limits,
    readOnly: config.readOnly,
    body: config.body,
    references: config.references,
    urls: config.urls,
    requireConditions: config.requireConditions,
    uploads: config.uploads,
    downloads: config.downloads,
    cors: config.cors,
    batch: config.batch,
    prune: config.prune,
    webhooks: config.webhooks,
    metrics: config.metrics,
    ...(config.publicUrl === undefined ? {} : { publicUrl: config.publicUrl }),
    ...(config.credentials ? { credentials: config.credentials } : {}),
    observe: (exchange) => logExchange(log, exchange),
    onError: (error) => log.error({ err: error }, "failed in the background"),
  });
  const listening = await waybill.listen({
    port: config.port,
    host: config.host,
    ...(config.tls ? { tls: config.tls } : {}),
    onConnectionError: (error) => log.debug({ err: error }, "connection failed"),
  });
  stopOnSignals({ waybill, listening, log, destination, drain: config.drain });
  process.stdout.write(banner(waybill, listening, config));
}

function banner({ plan }: Waybill, { url }: Listening, { places }: ServeConfig): string {
  const count = plan.operations.length;
  const described =
    count > describedMax
      ? `${count} operations are too many to show here: see ${url}/docs\n`
      : formatDescription(describeOperations(plan, url + plan.basePath));
  return [
    `Waybill ${version} serves ${count} operations at ${url}`,
    `  reference ${url}/docs   document ${url}/openapi.json   data in ${showPlaces(places)}`,
    "",
    described,
  ].join("\n");
}

function logExchange(log: Logger, exchange: Exchange): void {
  const { requestId, method, path, operationId, status, durationMs, faults, error } = exchange;
  const level = status >= 500 ? "error" : "info";
  log[level](
    {
      requestId,
      method,
      path,
      operationId,
      status,
      durationMs: Math.round(durationMs * 10) / 10,
      ...(faults.length > 0 ? { faults } : {}),
      ...(error === undefined ? {} : { err: error }),
    },
    "request",
  );
}

type LogDestination = ReturnType<typeof pino.destination>;

interface Running {
  readonly waybill: Waybill;
  readonly listening: Listening;
  readonly log: Logger;
  readonly destination: LogDestination;
  readonly drain: ServeConfig["drain"];
}

// The first signal lets running requests finish, a second one does not.
function stopOnSignals(running: Running): void {
  const { log, destination } = running;
  let stopping = false;
  const stop = async (signal: NodeJS.Signals): Promise<void> => {
    if (stopping) return exit(destination, 1);
    stopping = true;
    log.info({ signal }, "stopping");
    const code = await close(running);
    await written(destination);
    exit(destination, code);
  };
  for (const signal of ["SIGTERM", "SIGINT"] as const)
    process.on(signal, (each) => void stop(each));
}

/** Resolves to the exit code, however it goes. */
async function close({ waybill, listening, log, drain }: Running): Promise<number> {
  try {
    await waybill.drain(drain.readyMs);
    await listening.close(drain.graceMs);
    // Code of operations may never come to an end.
    if (!(await isOver(waybill.close(), closeMsMax)))
      throw new Error("Requests are still running.");
    log.info("stopped");
    return 0;
  } catch (error) {
    log.error({ err: error }, "stopped with an error");
    return 1;
  }
}

/** What is logged is with the reader of the log, if there is any and it reads. */
async function written(destination: LogDestination): Promise<void> {
  const isWritten = new Promise<void>((resolve) => {
    destination.once("drain", () => resolve());
    destination.once("error", () => resolve());
    destination.flush();
  });
  await isOver(isWritten, logMsMax);
}

// A log that is not ended would be written out in a blocking loop, without end when its reader is gone.
function exit(destination: LogDestination, code: number): never {
  destination.destroy();
  process.exit(code);
}

/** Rejects as `work` does; false when it lasts longer. */
async function isOver(work: Promise<void>, msMax: number): Promise<boolean> {
  const timeout = new AbortController();
  const late = pause(msMax, false, { signal: timeout.signal });
  try {
    return await Promise.race([work.then(() => true), late]);
  } finally {
    late.catch(() => undefined);
    timeout.abort();
  }
}
