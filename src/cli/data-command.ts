// The frame of the commands that look after a data folder, beside a server or without one: its flags, the folder
// opened without its lock, and the exit code. They never make or change tables.
import { Command } from "commander";
import { systemClock, type Clock } from "../base/clock.js";
import type { Db } from "../db/db.js";
import { openBeside } from "../server/open-data.js";
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

export interface DataContext {
  readonly db: Db;
  readonly store: Store;
  readonly clock: Clock;
  readonly report: Report;
  readonly eventsMs: number;
  /** How long bytes outlive their row, for readers of signed URLs. */
  readonly graceMs: number;
  /** SIGINT or SIGTERM came: to end soon, and say how far it went. */
  readonly signal: AbortSignal;
}

/** 0: all is well, or done. 1: something was found. 2: it could not be done. */
export type ExitCode = 0 | 1 | 2;

export function dataCommand(name: string, description: string): Command {
  return new Command(name)
    .description(description)
    .option("-d, --data <folder>", "with the database and the files (default: waybill-data)")
    .option("--db <url>", placeHelp.db)
    .option("--store <url>", placeHelp.store)
    .option(
      "-c, --config <file>",
      "the configuration of `waybill serve`, for `data`, `db`, `store` and `prune`",
    )
    .option("--json", "one JSON object a line, on a terminal too");
}

/** Runs `work` on the folder; sets the process's exit code, and says on stderr why it could not be done. */
export async function runOnData(
  flags: DataFlags,
  work: (context: DataContext) => Promise<ExitCode>,
): Promise<void> {
  const report = createReport({ json: flags.json === true, out: process.stdout });
  try {
    process.exitCode = await withData(flags, report, work);
  } catch (error) {
    report.end();
    tellError(error);
    process.exitCode = 2;
  }
}

async function withData(
  flags: DataFlags,
  report: Report,
  work: (context: DataContext) => Promise<ExitCode>,
): Promise<ExitCode> {
  const file = flags.config === undefined ? {} : await readFileConfig(flags.config);
  const { eventsMs } = pruneOptionsOf(file["prune"]) || { eventsMs: eventsMsDefault };
  const { directMs } = uploadOptionsOf(file["uploads"]) || { directMs: directMsDefault };
  const downloads = downloadOptionsOf(file["downloads"]);
  const { db, store } = await openBeside(readPlaces(flags, process.env, file));
  const end = new AbortController();
  const stop = (): void => end.abort();
  process.once("SIGINT", stop).once("SIGTERM", stop);
  try {
    const graceMs = graceMsOf(store, { downloads, directMs });
    const { signal } = end;
    return await work({ db, store, clock: systemClock, report, eventsMs, graceMs, signal });
  } finally {
    report.end();
    process.off("SIGINT", stop).off("SIGTERM", stop);
    await db.close();
  }
}
