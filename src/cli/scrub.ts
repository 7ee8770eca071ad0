// `waybill scrub`: every stored file is read again and held against what it was.
import { setTimeout as pause } from "node:timers/promises";
import type { Command } from "commander";
import { scrub } from "../upload/scrub.js";
import {
  dataCommand,
  runOnData,
  type DataContext,
  type DataFlags,
  type ExitCode,
} from "./data-command.js";
import { numberFlag } from "./number-flag.js";

interface ScrubFlags extends DataFlags {
  readonly bytesPerSecond?: number;
  readonly from?: string;
}

export function scrubCommand(): Command {
  return dataCommand("scrub", "read all stored files again: size and SHA-256 must be those of old")
    .option("--bytes-per-second <number>", "at most (default: as fast as it goes)", numberFlag())
    .option("--from <id>", "go on after this file: the last one that an earlier run told")
    .action((flags: ScrubFlags) => runOnData(flags, (context) => run(context, flags)));
}

async function run(
  { db, store, report, signal }: DataContext,
  { bytesPerSecond, from = "" }: ScrubFlags,
): Promise<ExitCode> {
  const total = { files: 0, bytes: 0, findings: 0 };
  const pace = createPace(bytesPerSecond, signal);
  let last = from;
  for await (const { id, size, finding } of scrub({ db, store, after: from, signal, pace })) {
    last = id;
    total.files++;
    total.bytes += size;
    if (finding) {
      total.findings++;
      report.tell({ id, ...finding }, `${finding.kind}: ${id}: ${finding.detail}`);
    }
    report.progress(
      `${total.files} files, ${total.bytes} octets, ${total.findings} findings; at ${last}`,
    );
  }
  const { files, bytes, findings } = total;
  const isDone = !signal.aborted;
  const rest = isDone ? "" : ` Go on with --from ${last}.`;
  report.tell(
    { kind: "summary", files, bytes, findings, last, done: isDone },
    `${files} files, ${bytes} octets: ${findings} findings.${rest}`,
  );
  if (findings > 0) return 1;
  return isDone ? 0 : 2;
}

/** Waits as long as what was read should have taken. */
function createPace(
  bytesPerSecond: number | undefined,
  signal: AbortSignal,
): (octets: number) => Promise<void> {
  if (bytesPerSecond === undefined) return async () => undefined;
  const startMs = performance.now();
  let read = 0;
  return async (octets) => {
    read += octets;
    const aheadMs = startMs + (read / bytesPerSecond) * 1000 - performance.now();
    if (aheadMs > 1) await pause(aheadMs, undefined, { signal }).catch(() => undefined);
  };
}
