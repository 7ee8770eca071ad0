// What the contests say, as text for a terminal and as the page docs/benchmarks.md.
import { cpus } from "node:os";
import { judge } from "./budgets.mjs";

/** One workload, a line for each contender. A short run is too rough to judge by. */
export function formatWorkload(rows, { quick }) {
  const [{ workload }] = rows;
  const lines = rows.map(({ contender, ratioToLimit, ratioToBestPeer, peakMiB, wrong }) => {
    const figures = [ratioToLimit, ratioToBestPeer, peakMiB].map((each) =>
      String(each).padStart(9),
    );
    return `  ${contender.padEnd(30)} ${wrong ?? figures.join(" ")}`;
  });
  return [`${workload}${quick ? "" : verdict(rows)}`, ...lines, ""].join("\n");
}

export const heading = `${"".padEnd(32)} ${["limit", "best peer", "MiB"].map((each) => each.padStart(9)).join(" ")}`;

function verdict(rows) {
  const budget = judge(rows);
  if (!budget) return "";
  const { seen, least, than, isMet } = budget;
  return `: ${seen.toFixed(2)} of ${than}, promised ${least}: ${isMet ? "met" : "MISSED"}`;
}

/** `byWorkload`: rows grouped, in order. */
export function formatPage(byWorkload) {
  const rows = byWorkload.flat();
  return `${[
    "# Benchmarks",
    "",
    "Made by `npm run bench`, which installs the peers, runs everything in about half an hour and writes this page;",
    "`npm run bench -- --quick` prints a part of it in about a minute. Figures are ratios within one run: the processor",
    "cancels out, its caches and neighbours do not quite. [bench/README.md](../bench/README.md) says how it is measured.",
    "",
    `Node ${process.version}, ${cpus().length} × ${cpus()[0]?.model}, ${new Date().toISOString().slice(0, 10)}.`,
    "",
    ...familyOf("multipart", "Multipart", byWorkload),
    ...familyOf("json", "JSON", byWorkload),
    "## Versions",
    "",
    versionsOf(rows),
  ].join("\n")}\n`;
}

const intros = {
  multipart:
    "The limit is a bare `indexOf` scan for the delimiter. Peers are fed as their documentation shows, with files let go.",
  json: "The limit is a copy of the octets. `JSON.parse + Buffer.from` is what a body parser and a handler do.",
};

function familyOf(bench, title, byWorkload) {
  const own = byWorkload.filter(([{ bench: each }]) => each === bench);
  if (own.length === 0) return [];
  return [
    `## ${title}`,
    "",
    intros[bench],
    "",
    "| workload | Waybill, times the best peer | of the limit | best peer | promised | |",
    "|---|---|---|---|---|---|",
    ...own.map(summaryOf),
    "",
    "Each contender as a share of the limit, and the memory that it took beyond the body itself:",
    "",
    ...matrixOf(own),
    "",
  ];
}

function summaryOf(rows) {
  const ours = rows.find(({ contender }) => contender === "waybill");
  const best = rows.find(({ role, ratioToBestPeer }) => role === "peer" && ratioToBestPeer === 1);
  const budget = judge(rows);
  const promised = budget ? `${budget.least} × ${budget.than}` : "";
  const seen = budget ? `${budget.isMet ? "met" : "**missed**"}: ${budget.seen.toFixed(2)}` : "";
  const cells = [
    rows[0].workload,
    ours.ratioToBestPeer,
    ours.ratioToLimit,
    best?.contender ?? "none",
  ];
  return `| ${[...cells, promised, seen].join(" | ")} |`;
}

function matrixOf(own) {
  const names = own[0].map(({ contender }) => contender);
  const notes = [...new Set(own.flat().flatMap(({ wrong }) => wrong ?? []))];
  const cell = ({ ratioToLimit, peakMiB, wrong }) =>
    wrong ? `– (${notes.indexOf(wrong) + 1})` : `${shareOf(ratioToLimit)} · ${peakMiB} MiB`;
  return [
    `| workload | ${names.join(" | ")} |`,
    `|---|${names.map(() => "---|").join("")}`,
    ...own.map((rows) => `| ${rows[0].workload} | ${rows.map(cell).join(" | ")} |`),
    ...(notes.length > 0 ? ["", notes.map((note, i) => `(${i + 1}) ${note}`).join("; ")] : []),
  ];
}

function shareOf(ratio) {
  return ratio < 0.001 ? "< 0.001" : ratio;
}

function versionsOf(rows) {
  const peers = rows.filter(({ role }) => role === "peer");
  return [...new Set(peers.map(({ contender, version }) => `${contender} ${version}`))].join(", ");
}
