// `waybill migrate-store`: all files that rows name, from one store to another, beside the servers that use both.
import type { Command } from "commander";
import { openStoreBeside, openStoreToFill } from "../server/open-store.js";
import { isSamePlace, showPlace } from "../server/place.js";
import type { Store } from "../store/store.js";
import { leftBehind, migrateBlobs, type Migrated } from "../upload/migrate-store.js";
import { quarantined } from "../upload/quarantined.js";
import {
  dataCommand,
  runOnDb,
  type DataFlags,
  type DbContext,
  type ExitCode,
} from "./data-command.js";
import { numberFlag } from "./number-flag.js";

interface MigrateFlags extends DataFlags {
  readonly from: string;
  readonly to: string;
  readonly after?: string;
  readonly readBack: boolean;
  readonly atOnce: number;
}

export function migrateStoreCommand(): Command {
  return dataCommand("migrate-store", "copy all files to another store, beside running servers")
    .requiredOption("--from <url>", "the store where they are: a URL or a folder")
    .requiredOption("--to <url>", "the store where they are to be; a folder is made when missing")
    .option("--after <id>", "go on after this file: the last one that an earlier run told")
    .option("--no-read-back", "do not read again what is in the target")
    .option("--at-once <number>", "files that are copied at a time", numberFlag(1000), 4)
    .action((flags: MigrateFlags) => runOnDb(flags, (context) => run(context, flags)));
}

const tellEvery = 1000;

async function run(context: DbContext, flags: MigrateFlags): Promise<ExitCode> {
  const { from: fromPlace, to: toPlace } = flags;
  if (isSamePlace(fromPlace, toPlace))
    throw new TypeError("--from and --to must not be the same store.");
  const from = await openStoreBeside(fromPlace);
  const to = await openStoreToFill(toPlace);
  const copied = await copyAll(context, flags, { from, to });
  const { signal, report } = context;
  if (signal.aborted) {
    const { last } = copied;
    report.tell(
      { kind: "summary", ...copied, done: false },
      `${textOf(copied)} Go on with --after ${last}.`,
    );
    return copied.findings > 0 ? 1 : 2;
  }
  const left = await tellLeft(context, { from, to });
  if (signal.aborted) return 2;
  const aside = (await quarantined(from)).size;
  const where = showPlace(fromPlace);
  const isDone = left === 0 && copied.findings === 0;
  const rest = isDone
    ? `Nothing that a row names is left in ${where} alone.`
    : `${left} are left in ${where} alone: run it again when they have come to their end.`;
  const quarantine = aside > 0 ? ` In its quarantine are ${aside}, which stay there.` : "";
  report.tell(
    { kind: "summary", ...copied, left, quarantined: aside, done: isDone },
    `${textOf(copied)} ${rest}${quarantine}`,
  );
  return isDone ? 0 : 1;
}

interface Copied {
  copied: number;
  there: number;
  gone: number;
  findings: number;
  /** Octets that were copied. */
  bytes: number;
  last: string;
}

interface Stores {
  readonly from: Store;
  readonly to: Store;
}

async function copyAll(
  { db, report, signal }: DbContext,
  { after = "", readBack, atOnce }: MigrateFlags,
  stores: Stores,
): Promise<Copied> {
  const total: Copied = { copied: 0, there: 0, gone: 0, findings: 0, bytes: 0, last: after };
  let seen = 0;
  for await (const one of migrateBlobs({ db, ...stores, after, readBack, atOnce, signal })) {
    count(total, one);
    const { id, key, finding } = one;
    if (finding) report.tell({ id, key, ...finding }, `${finding.kind}: ${id}: ${finding.detail}`);
    report.progress(`${textOf(total)} At ${id}`);
    if (++seen % tellEvery === 0) report.tell({ kind: "progress", ...total }, textOf(total));
  }
  return total;
}

// What failed is tried again by whoever goes on after the last.
function count(total: Copied, { id, size, what }: Migrated): void {
  if (what === "failed") total.findings++;
  else total[what]++;
  if (what === "copied") total.bytes += size;
  if (total.findings === 0) total.last = id;
}

/** Resolves to how many they are. */
async function tellLeft({ db, report, signal }: DbContext, stores: Stores): Promise<number> {
  let left = 0;
  for await (const { key, what } of leftBehind({ db, ...stores, signal })) {
    left++;
    const reason =
      what === "upload"
        ? "an upload that was begun there has not come to its end"
        : "a row names it, and the target does not have it";
    report.tell({ kind: "left", key, what, reason }, `left: ${what} ${key}: ${reason}`);
    report.progress(`${left} left`);
  }
  return left;
}

function textOf({ copied, there, findings, bytes }: Copied): string {
  return `${copied} copied (${bytes} octets), ${there} there already, ${findings} findings.`;
}
