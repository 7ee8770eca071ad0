// `waybill migrate-db`: all rows from the SQLite of a data folder into an empty Postgres, while no server runs. Files stay
// where they are.
import { existsSync, statSync } from "node:fs";
import { Command } from "commander";
import { WaybillError } from "../base/fault.js";
import { copyDb, type CopiedTable } from "../db/copy-db.js";
import { createPostgresDb } from "../db/postgres-db.js";
import { dbOfFolder, openDb } from "../server/open-db.js";
import { schemeOf, showPlace } from "../server/place.js";
import { createReport, type Report } from "./report.js";
import { tellError } from "./tell-error.js";

interface MigrateFlags {
  readonly from: string;
  readonly to: string;
  readonly json?: boolean;
}

export function migrateDbCommand(): Command {
  return new Command("migrate-db")
    .description("copy all rows from SQLite to an empty Postgres, while the server is stopped")
    .requiredOption("--from <path>", "the data folder, or the database file in it")
    .requiredOption("--to <url>", "postgres://user:password@host/database")
    .option("--json", "one JSON object a line, on a terminal too")
    .action(run);
}

async function run(flags: MigrateFlags): Promise<void> {
  const report = createReport({ json: flags.json === true, out: process.stdout });
  const end = new AbortController();
  const stop = (): void => end.abort(new WaybillError(brokenOff));
  process.once("SIGINT", stop).once("SIGTERM", stop);
  try {
    await migrate(flags, report, end.signal);
    process.exitCode = 0;
  } catch (error) {
    report.end();
    tellError(error);
    process.exitCode = 2;
  } finally {
    report.end();
    process.off("SIGINT", stop).off("SIGTERM", stop);
  }
}

const brokenOff = {
  code: "unavailable",
  detail: "It was broken off: nothing was written. Run it again.",
} as const;

async function migrate(
  { from, to }: MigrateFlags,
  report: Report,
  signal: AbortSignal,
): Promise<void> {
  if (!/^postgres(ql)?$/.test(schemeOf(to) ?? ""))
    throw new TypeError("--to must be the URL of a Postgres database, postgres://…");
  const path = databaseOf(from);
  // Takes the lock that a server has, and brings the tables to the same version.
  const source = await openDb(path, async () => undefined);
  try {
    const target = await createPostgresDb({ url: to });
    try {
      const onProgress = (table: string, rows: number): void =>
        report.progress(`${table}: ${rows} rows`);
      const copied = await copyDb({ from: source.db, to: target, signal, onProgress });
      tell(report, copied, to);
    } finally {
      await target.close();
    }
  } finally {
    await source.close();
  }
}

function tell(report: Report, copied: readonly CopiedTable[], to: string): void {
  for (const each of copied)
    report.tell({ kind: "table", ...each }, `${each.table}: ${each.rows} rows, ${each.sha256}`);
  const rows = copied.reduce((sum, each) => sum + each.rows, 0);
  const text = `Copied ${rows} rows to ${showPlace(to)}; all read back as they were.`;
  report.tell({ kind: "summary", tables: copied.length, rows, done: true }, text);
}

function databaseOf(from: string): string {
  if (schemeOf(from) !== undefined)
    throw new TypeError("--from must be a data folder, or the database file in it.");
  const path = existsSync(from) && statSync(from).isDirectory() ? dbOfFolder(from) : from;
  if (existsSync(path)) return path;
  throw new WaybillError({ code: "unavailable", detail: `There is no ${path}.` });
}
