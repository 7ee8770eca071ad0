// `waybill explain`: why a file, an upload or a resource exists, or when and why it went.
import type { Command } from "commander";
import { formatDateTime } from "../base/date-time.js";
import { explain, type Explanation, type ToldEvent } from "../resource/explain.js";
import {
  dataCommand,
  runOnData,
  type DataContext,
  type DataFlags,
  type ExitCode,
} from "./data-command.js";

export function explainCommand(): Command {
  return dataCommand("explain", "say why something exists, or when and why it went")
    .argument("<name>", "URL or path of a resource or a file, or the id of a file or an upload")
    .action((name: string, flags: DataFlags) => runOnData(flags, (context) => run(context, name)));
}

async function run({ db, report, signal }: DataContext, name: string): Promise<ExitCode> {
  const found = await explain(db, name);
  if (signal.aborted) return 2;
  for (const each of found) report.tell(recordOf(each), textOf(each));
  if (found.length > 0) return 0;
  const because = "Nothing is known of it: it never was, or its events are forgotten.";
  report.tell({ kind: "unknown", id: name, exists: false, because }, because);
  return 1;
}

function recordOf({ events, ...rest }: Explanation): object {
  return {
    ...rest,
    events: events.map(({ at, deliveries, ...event }) => {
      const known = Object.entries(event).filter(([, value]) => value !== null);
      const told = deliveries.length > 0 ? { deliveries } : {};
      return { at: formatDateTime(at), ...Object.fromEntries(known), ...told };
    }),
  };
}

function textOf({ kind, id, because, now, events }: Explanation): string {
  const facts = Object.entries(now).map(([name, value]) => `  ${name}: ${JSON.stringify(value)}`);
  return [`${kind} ${id}`, `  ${because}`, ...facts, ...events.flatMap(eventLines)].join("\n");
}

function eventLines({ at, type, blobId, property, data, deliveries }: ToldEvent): string[] {
  const { reason, by } = data;
  const parts = [
    formatDateTime(at),
    type,
    ...(property === null ? [] : [property]),
    ...(blobId === null ? [] : [`file ${blobId}`]),
    ...(typeof by === "string" ? [`by ${by}`] : []),
    ...(typeof reason === "string" ? [`(${reason})`] : []),
  ];
  const told = deliveries.map(
    ({ origin, webhookId, state, attempts, error }) =>
      `      webhook ${webhookId}${origin === null ? "" : ` at ${origin}`}: ${state}, ${attempts} attempts${error === null ? "" : `: ${error}`}`,
  );
  return [`    ${parts.join(" ")}`, ...told];
}
