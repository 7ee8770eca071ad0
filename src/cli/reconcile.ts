// `waybill reconcile`: bytes without rows and rows without bytes. Says what it finds; with a flag it puts bytes aside,
// brings them back, or deletes those that have been aside for long.
import type { Command } from "commander";
import { findStrays, putAside, quarantineOf } from "../upload/reconcile.js";
import {
  dataCommand,
  runOnData,
  type DataContext,
  type DataFlags,
  type ExitCode,
} from "./data-command.js";
import { numberFlag } from "./number-flag.js";

interface ReconcileFlags extends DataFlags {
  readonly apply?: boolean;
  readonly undo?: boolean;
  readonly purge?: boolean;
  readonly minAgeHours: number;
  readonly maxPercent: number;
}

export function reconcileCommand(): Command {
  return dataCommand(
    "reconcile",
    "find stored bytes that no row names, and rows whose bytes are gone",
  )
    .option("--apply", "put bytes without a row into quarantine (default: only tell)")
    .option("--undo", "bring back all that is in quarantine")
    .option("--purge", "delete what has been in quarantine for --min-age-hours")
    .option("--min-age-hours <number>", "younger bytes are left alone", numberFlag(), 24)
    .option(
      "--max-percent <number>",
      "of files or rows that may be found; more is refused",
      numberFlag(100),
      10,
    )
    .action((flags: ReconcileFlags) => runOnData(flags, (context) => run(context, flags)));
}

function run(context: DataContext, flags: ReconcileFlags): Promise<ExitCode> {
  const { apply, undo, purge } = flags;
  if ([apply, undo, purge].filter(Boolean).length > 1)
    throw new TypeError("Only one of --apply, --undo and --purge at a time.");
  if (undo === true) return bringBack(context);
  if (purge === true) return deleteOld(context, flags);
  return reconcile(context, flags);
}

const hourMs = 60 * 60 * 1000;

async function reconcile(
  { db, store, clock, report }: DataContext,
  { apply = false, minAgeHours, maxPercent }: ReconcileFlags,
): Promise<ExitCode> {
  const findings = await findStrays({
    db,
    store,
    clock,
    minAgeMs: minAgeHours * hourMs,
    percentMax: maxPercent,
    progress: (checked) => report.progress(`${checked} checked`),
  });
  let moved = 0;
  for (const finding of findings) {
    const isMoved =
      apply && finding.kind === "bytes-without-row" && (await putAside({ db, store }, finding.key));
    if (isMoved) moved++;
    const action = isMoved ? "quarantined" : "left";
    const { kind, key, blob, size, reason } = finding;
    const name = blob === undefined ? key : `${blob} (${key})`;
    report.tell({ ...finding, action }, `${action}: ${kind} ${name}, ${size} octets: ${reason}`);
  }
  const hint = moved > 0 ? " --undo brings them back, --purge deletes them later." : "";
  report.tell(
    { kind: "summary", findings: findings.length, quarantined: moved, dryRun: !apply },
    `${findings.length} findings, ${moved} put into quarantine.${hint}`,
  );
  return findings.length > moved ? 1 : 0;
}

async function bringBack({ store, report }: DataContext): Promise<ExitCode> {
  const quarantine = quarantineOf(store);
  const keys: string[] = [];
  for await (const { key } of quarantine.list()) keys.push(key);
  let count = 0;
  for (const key of keys) {
    if (!(await quarantine.restore(key))) continue;
    count++;
    report.tell({ key, action: "restored", reason: "--undo" }, `restored: ${key}`);
  }
  report.tell({ kind: "summary", restored: count }, `${count} brought back.`);
  return 0;
}

async function deleteOld(
  { store, clock, report }: DataContext,
  { minAgeHours }: ReconcileFlags,
): Promise<ExitCode> {
  const quarantine = quarantineOf(store);
  const untilMs = clock.now() - minAgeHours * hourMs;
  const found: { key: string; sinceMs: number }[] = [];
  for await (const each of quarantine.list()) found.push(each);
  const old = found.filter(({ sinceMs }) => sinceMs <= untilMs);
  for (const { key, sinceMs } of old) {
    await quarantine.delete(key);
    const reason = `in quarantine since ${new Date(sinceMs).toISOString()}`;
    report.tell({ key, action: "deleted", reason }, `deleted: ${key}: ${reason}`);
  }
  const kept = found.length - old.length;
  report.tell(
    { kind: "summary", deleted: old.length, kept },
    `${old.length} deleted, ${kept} kept.`,
  );
  return 0;
}
