// The frame of the commands that look after a data folder, beside a server or without one: its flags, the folder
// opened without its lock, and the exit code. They never make or change tables.
import { existsSync } from "node:fs";
import { join } from "node:path";
import { Command } from "commander";
import { systemClock, type Clock } from "../base/clock.js";
import { WaybillError } from "../base/fault.js";
import type { Db } from "../db/db.js";
import { openSqliteDb } from "../db/sqlite-db.js";
import { pruneOptionsOf, eventsMsDefault } from "../server/due-options.js";
import { openDiskStore } from "../store/disk-store.js";
import type { Store } from "../store/store.js";
import { readFileConfig } from "./config.js";
import { createReport, type Report } from "./report.js";
import { tellError } from "./tell-error.js";

export interface DataFlags {
  readonly data?: string;
  readonly config?: string;
  readonly json?: boolean;
}

export interface DataContext {
  readonly db: Db;
  readonly store: Store;
  readonly clock: Clock;
  readonly report: Report;
  readonly eventsMs: number;
  /** SIGINT or SIGTERM came: to end soon, and say how far it went. */
  readonly signal: AbortSignal;
}

/** 0: all is well, or done. 1: something was found. 2: it could not be done. */
export type ExitCode = 0 | 1 | 2;

export function dataCommand(name: string, description: string): Command {
  return new Command(name)
    .description(description)
    .option("-d, --data <folder>", "with the database and the files (default: waybill-data)")
    .option("-c, --config <file>", "the configuration of `waybill serve`, for `data` and `prune`")
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
  const { folder, eventsMs } = await placeOf(flags);
  // What is missing is not made: it may be a disk that is not there.
  const files = join(folder, "files");
  for (const each of [folder, files]) if (!existsSync(each)) throw noFolder(each);
  const db = await openSqliteDb(join(folder, "waybill.db"));
  const end = new AbortController();
  const stop = (): void => end.abort();
  process.once("SIGINT", stop).once("SIGTERM", stop);
  try {
    const store = await openDiskStore({ folder: files });
    return await work({ db, store, clock: systemClock, report, eventsMs, signal: end.signal });
  } finally {
    report.end();
    process.off("SIGINT", stop).off("SIGTERM", stop);
    await db.close();
  }
}

async function placeOf({ data, config }: DataFlags): Promise<{ folder: string; eventsMs: number }> {
  const file = config === undefined ? {} : await readFileConfig(config);
  const folder = data ?? file["data"] ?? "waybill-data";
  if (typeof folder !== "string" || folder === ":memory:")
    throw new TypeError("data must be a folder.");
  const { eventsMs } = pruneOptionsOf(file["prune"]) || { eventsMs: eventsMsDefault };
  return { folder, eventsMs };
}

function noFolder(folder: string): WaybillError {
  return new WaybillError({ code: "unavailable", detail: `There is no folder ${folder}.` });
}
