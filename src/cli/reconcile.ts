// `waybill reconcile`: bytes without rows and rows without bytes. Says what it finds; with a flag it puts bytes aside,
// brings them back, or deletes those that have been aside for long.
import type { Command } from "commander";
import { formatDateTime } from "../base/date-time.js";
import { purgeQuarantine, quarantined, quarantineOf } from "../upload/quarantined.js";
import { findStrays, putAside } from "../upload/reconcile.js";
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
    .option(
      "--purge",
      "delete what has been in quarantine for --min-age-hours; bring back what a row names",
    )
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
  { db, store, clock, report, signal }: DataContext,
  { apply = false, minAgeHours, maxPercent }: ReconcileFlags,
): Promise<ExitCode> {
  const findings = await findStrays({
    db,
    store,
    clock,
    minAgeMs: minAgeHours * hourMs,
    percentMax: maxPercent,
    progress: (checked) => report.progress(`${checked} checked`),
    signal,
  });
  let moved = 0;
  for (const finding of findings) {
    if (signal.aborted) break;
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
  if (signal.aborted) return 2;
  return findings.length > moved ? 1 : 0;
}

async function bringBack({ store, report, signal }: DataContext): Promise<ExitCode> {
  const quarantine = quarantineOf(store);
  let count = 0;
  for (const key of (await quarantined(store)).keys()) {
    if (signal.aborted) break;
    if (!(await quarantine.restore(key))) continue;
    count++;
    report.tell({ key, action: "restored", reason: "--undo" }, `restored: ${key}`);
  }
  report.tell({ kind: "summary", restored: count }, `${count} brought back.`);
  return signal.aborted ? 2 : 0;
}

async function deleteOld(
  { db, store, clock, report, signal }: DataContext,
  { minAgeHours }: ReconcileFlags,
): Promise<ExitCode> {
  const untilMs = clock.now() - minAgeHours * hourMs;
  quarantineOf(store);
  const all = (await quarantined(store)).size;
  const counts = { deleted: 0, restored: 0 };
  for await (const { key, sinceMs, action } of purgeQuarantine({ db, store, untilMs })) {
    counts[action]++;
    const since = `in quarantine since ${formatDateTime(sinceMs)}`;
    const reason = action === "deleted" ? since : `${since}, but a row names it`;
    report.tell({ key, action, reason }, `${action}: ${key}: ${reason}`);
    if (signal.aborted) break;
  }
  const kept = all - counts.deleted - counts.restored;
  report.tell(
    { kind: "summary", ...counts, kept },
    `${counts.deleted} deleted, ${counts.restored} brought back, ${kept} kept.`,
  );
  return signal.aborted ? 2 : 0;
}
