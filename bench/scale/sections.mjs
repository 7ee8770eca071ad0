// Each bench's part of the page.
export const sections = {
  throughput: { title: "Creates and downloads", format: formatThroughput },
  lists: { title: "Lists", format: formatLists },
  prune: { title: "Pruning under load", format: formatPrune },
  commits: { title: "Group commit on SQLite", format: formatCommits },
  memory: { title: "Memory of uploads under way", format: formatMemory },
};

function formatThroughput(rows) {
  const lines = [];
  for (const [workload, own] of groupBy(rows, (row) => row.workload)) {
    const isWritten = own.some(({ walPerCreate }) => walPerCreate !== undefined);
    lines.push(
      `### ${capital(workload)}`,
      "",
      `${own[0].connections} connection${own[0].connections > 1 ? "s" : ""}. CPU in milliseconds for one request; the least and the most of the runs in brackets.`,
      "",
      ...table(
        [
          "",
          "processes",
          "a second",
          "p50 ms",
          "p99 ms",
          "503s",
          "CPU: nodes",
          "database",
          "store",
          "load",
          ...(isWritten ? ["WAL, KB", "commits"] : []),
        ],
        own.map((row) => [
          row.subject,
          row.processes,
          `${count(row.perSecond)} (${count(row.perSecondLeast)}–${count(row.perSecondMost)})`,
          ms(row.p50Ms),
          ms(row.p99Ms),
          row.refused,
          ...["nodes", "database", "store", "load"].map((name) => ms(row.cpuMs[name])),
          ...(isWritten ? [kilo(row.walPerCreate), ms(row.commitsPerCreate)] : []),
        ]),
      ),
      "",
    );
  }
  return [
    ...lines,
    "WAL and commits are what Postgres wrote for one create; the first write to a page after a checkpoint puts the whole page into it.",
  ];
}

function formatLists({ count: total, rows, backends }) {
  const names = backends.map(({ backend }) => backend);
  const byQuery = groupBy(rows, ({ query }) => query);
  return [
    `${count(total)} resources with a file each; a page of 50, one request at a time, milliseconds of p50 and p99 as a client sees them.`,
    "Postgres has been vacuumed and analysed, as autovacuum does within minutes.",
    "",
    ...table(
      ["", ...names.flatMap((name) => [`${name}: p50`, "p99"])],
      [...byQuery].map(([query, own]) => [
        query,
        ...own.flatMap(({ p50Ms, p99Ms }) => [ms(p50Ms), ms(p99Ms)]),
      ]),
    ),
    "",
    ...table(
      ["", "filled by SQL, s", "first start, with all indexes to make, s", "on disk, MB"],
      backends.map(({ backend, fillSeconds, indexSeconds, octets }) => [
        backend,
        ms(fillSeconds),
        ms(indexSeconds),
        count(octets / 1e6),
      ]),
    ),
  ];
}

function formatPrune({ size, rows }) {
  return [
    `Uploads that expired an hour ago, and as many stored files of ${size} octets whose uploads expired two days ago (bytes outlive their`,
    "rows by as long as signed URLs live), are pruned by the one node that also takes creates (3 fields and a picture of 20 KB, 8",
    "connections). From the start of the node until none of either is left, 240 seconds at most; a sample is looked for in the store",
    "afterwards. Calm: the same creates from the start of a node on, for half a minute, with nothing to prune.",
    "",
    ...table(
      [
        "",
        "uploads and files, each",
        "pruned, both",
        "seconds",
        "a second",
        "creates a second: calm",
        "meanwhile",
        "p50 ms: calm",
        "meanwhile",
        "p99 ms: calm",
        "meanwhile",
      ],
      rows.map(({ backend, count: total, pruned, seconds, calm, busy }) => [
        backend,
        count(total),
        count(pruned),
        ms(seconds),
        count(pruned / seconds),
        ...["perSecond", "p50Ms", "p99Ms"].flatMap((name) => [ms(calm[name]), ms(busy[name])]),
      ]),
    ),
  ];
}

function formatCommits(rows) {
  return [
    "The rows of a create with one file, straight into the database; as many wait at once as stands there. A commit is one flush of the journal;",
    "a checkpoint, which comes every thousand pages, flushes it and the database once more.",
    "",
    ...table(
      [
        "",
        "waiting at once",
        "creates a second",
        "commits for one create",
        "CPU ms for one create",
      ],
      rows.map((row) => [
        row.way,
        row.waiting,
        count(row.perSecond),
        row.commitsPerCreate.toFixed(3),
        ms(row.cpuMsPerCreate),
      ]),
    ),
  ];
}

function formatMemory({ size, rows }) {
  return [
    `Uploads of ${count(size / 2 ** 20)} MiB as multipart/form-data, all of them half sent and held there: what the node's resident memory grows by.`,
    "",
    ...table(
      ["", "under way", "node before, MB", "for each upload, KB"],
      rows.map((row) => [
        row.backend,
        row.uploads,
        count(row.beforeOctets / 1e6),
        count(row.octetsEach / 1e3),
      ]),
    ),
  ];
}

function table(head, rows) {
  return [lineOf(head), `|${head.map(() => "---|").join("")}`, ...rows.map(lineOf)];
}

function lineOf(cells) {
  return `| ${cells.join(" | ")} |`;
}

function groupBy(rows, keyOf) {
  const groups = new Map();
  for (const row of rows) {
    const key = keyOf(row);
    groups.set(key, [...(groups.get(key) ?? []), row]);
  }
  return groups;
}

function capital(text) {
  return text[0].toUpperCase() + text.slice(1);
}

function count(number) {
  return Math.round(number).toLocaleString("en");
}

/** Three digits, as no run is more exact. */
function ms(number) {
  if (number === undefined) return "";
  if (number >= 100) return count(number);
  return number.toPrecision(number < 1 ? 2 : 3);
}

function kilo(octets) {
  return octets === undefined ? "" : (octets / 1000).toFixed(1);
}
