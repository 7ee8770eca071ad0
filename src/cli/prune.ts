// `waybill prune`: what is due goes now, or is only told. Safe beside a server: whatever both want to remove, one does.
import { setTimeout as pause } from "node:timers/promises";
import type { Command } from "commander";
import { WaybillError } from "../base/fault.js";
import { pruneDue, type Pruned } from "../server/prune-due.js";
import { createPruneLease, type PruneLease } from "../upload/prune-lease.js";
import {
  dataCommand,
  runOnData,
  type DataContext,
  type DataFlags,
  type ExitCode,
} from "./data-command.js";

interface PruneFlags extends DataFlags {
  readonly dryRun?: boolean;
}

export function pruneCommand(): Command {
  return dataCommand(
    "prune",
    "remove what is due: expired uploads and drafts, bytes that nobody names",
  )
    .option("-n, --dry-run", "say what would go and why; change nothing")
    .action((flags: PruneFlags) =>
      runOnData(flags, (context) => (flags.dryRun ? prune(context, true) : pruneAlone(context))),
    );
}

/** Longer than the lease of a pruner that is dead. */
const waitMsMax = 40_000;

async function pruneAlone(context: DataContext): Promise<ExitCode> {
  const { db, clock, report, signal } = context;
  const lease = createPruneLease({ db, clock, holder: `command ${process.pid}` });
  const untilMs = clock.now() + waitMsMax;
  while (!(await lease.take())) {
    report.progress("Another process is pruning …");
    if (clock.now() > untilMs || signal.aborted) throw busy();
    await pause(200);
  }
  try {
    return await prune(context, false, lease);
  } finally {
    await lease.release();
  }
}

async function prune(context: DataContext, dryRun: boolean, lease?: PruneLease): Promise<ExitCode> {
  const { report, signal } = context;
  const goOn = async (): Promise<boolean> => !signal.aborted && (!lease || (await lease.hold()));
  const counts: Record<string, number> = {};
  for await (const each of pruneDue({ ...context, dryRun, goOn })) {
    if (each.done || dryRun) counts[each.kind] = (counts[each.kind] ?? 0) + each.count;
    const action = each.done ? "removed" : dryRun ? "would go" : "left";
    report.tell({ ...each, action, done: undefined }, textOf(each, action));
    report.progress(summaryOf(counts, dryRun));
  }
  report.tell({ kind: "summary", dryRun, counts }, summaryOf(counts, dryRun));
  return signal.aborted ? 2 : 0;
}

function textOf({ kind, id, count, reason }: Pruned, action: string): string {
  return `${action}: ${id === undefined ? `${count} ${kind}` : `${kind} ${id}`}: ${reason}`;
}

function summaryOf(counts: Readonly<Record<string, number>>, dryRun: boolean): string {
  const list = Object.entries(counts).map(([kind, count]) => `${kind}: ${count}`);
  const what = list.length === 0 ? "nothing" : list.join(", ");
  return dryRun ? `Would go: ${what}. Nothing was changed.` : `Removed: ${what}.`;
}

function busy(): WaybillError {
  return new WaybillError({ code: "unavailable", detail: "Another process is pruning." });
}
