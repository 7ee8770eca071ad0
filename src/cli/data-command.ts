// The frame of the commands that look after a data folder, beside a server or without one: its flags, the folder
// opened without its lock, and the exit code. They never make or change tables.
import { Command } from "commander";
import { systemClock, type Clock } from "../base/clock.js";
import type { Db } from "../db/db.js";
import { openDbOf, openStoreOf, type DataPlaces } from "../server/open-data.js";
import { pruneOptionsOf, eventsMsDefault, uploadOptionsOf } from "../server/due-options.js";
import { directMsDefault, downloadOptionsOf, graceMsOf } from "../server/signed-url-options.js";
import type { Store } from "../store/store.js";
import { readFileConfig, readPlaces, type PlaceFlags } from "./config.js";
import { placeHelp } from "./place-help.js";
import { createReport, type Report } from "./report.js";
import { tellError } from "./tell-error.js";

export interface DataFlags extends PlaceFlags {
  readonly json?: boolean;
}

export interface DbContext {
  readonly db: Db;
  readonly clock: Clock;
  readonly report: Report;
  readonly eventsMs: number;
  /** SIGINT or SIGTERM came: to end soon, and say how far it went. */
  readonly signal: AbortSignal;
}

export interface DataContext extends DbContext {
  readonly store: Store;
  /** How long bytes outlive their row, for readers of signed URLs. */
  readonly graceMs: number;
}

interface DataConfig {
  readonly places: DataPlaces;
  /** Options of the configuration file. */
  readonly file: Readonly<Record<string, unknown>>;
}

async function readDataConfig(flags: DataFlags): Promise<DataConfig> {
  const file = flags.config === undefined ? {} : await readFileConfig(flags.config);
  return { places: readPlaces(flags, process.env, file), file };
}

/** 0: all is well, or done. 1: something was found. 2: it could not be done. */
export type ExitCode = 0 | 1 | 2;

export function dataCommand(name: string, description: string): Command {
  return new Command(name)
    .description(description)
    .option("-d, --data <folder>", "with the database and the files (default: waybill-data)")
    .option("--db <url>", placeHelp.db)
    .option("--store <url>", placeHelp.store)
    .option("--read-also <url>", placeHelp.readAlso)
    .option(
      "-c, --config <file>",
      "the configuration of `waybill serve`, for `data`, `db`, `store`, `readAlso` and `prune`",
    )
    .option("--json", "one JSON object a line, on a terminal too");
}

/** Runs `work` on the data; sets the process's exit code, and says on stderr why it could not be done. */
export function runOnData(
  flags: DataFlags,
  work: (context: DataContext) => Promise<ExitCode>,
): Promise<void> {
  return runOnDb(flags, async (context, { places, file }) => {
    const { directMs } = uploadOptionsOf(file["uploads"]) || { directMs: directMsDefault };
    const downloads = downloadOptionsOf(file["downloads"]);
    const store = await openStoreOf(places);
    return work({ ...context, store, graceMs: graceMsOf(store, { downloads, directMs }) });
  });
}

/** The same where the files are none of those that servers use. */
export async function runOnDb(
  flags: DataFlags,
  work: (context: DbContext, config: DataConfig) => Promise<ExitCode>,
): Promise<void> {
  const report = createReport({ json: flags.json === true, out: process.stdout });
  try {
    process.exitCode = await withDb(flags, report, work);
  } catch (error) {
    report.end();
    tellError(error);
    process.exitCode = 2;
  }
}

async function withDb(
  flags: DataFlags,
  report: Report,
  work: (context: DbContext, config: DataConfig) => Promise<ExitCode>,
): Promise<ExitCode> {
  const config = await readDataConfig(flags);
  const { places, file } = config;
  const { eventsMs } = pruneOptionsOf(file["prune"]) || { eventsMs: eventsMsDefault };
  const db = await openDbOf(places);
  const end = new AbortController();
  const stop = (): void => end.abort();
  process.once("SIGINT", stop).once("SIGTERM", stop);
  try {
    return await work({ db, clock: systemClock, report, eventsMs, signal: end.signal }, config);
  } finally {
    report.end();
    process.off("SIGINT", stop).off("SIGTERM", stop);
    await db.close();
  }
}
