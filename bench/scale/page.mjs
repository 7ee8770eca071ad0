// What was measured, for people: docs/benchmarks-scale.md, and each section of it as it is done.
import { sections } from "./sections.mjs";

export function formatSection(name, result) {
  return [`## ${sections[name].title}`, "", ...bodyOf(name, result)].join("\n");
}

export function formatPage(results) {
  const { machine, versions } = results;
  const measured = Object.keys(sections).filter((name) => results[name] !== undefined);
  return `${[
    "# Benchmarks of scale",
    "",
    "Made by `npm run bench:scale`, which starts all that it needs, measures for about 35 minutes and writes this page;",
    "[bench/README.md](../bench/README.md) says how. What the figures mean for how much is to be run is in",
    "[scaling.md](scaling.md).",
    "",
    ...conditionsOf(machine, versions),
    ...measured.flatMap((name) => [formatSection(name, results[name]), ""]),
  ]
    .join("\n")
    .trimEnd()}\n`;
}

function bodyOf(name, result) {
  if (result.failed) return [`It could not be measured: ${result.failed}`];
  return sections[name].format(result);
}

function conditionsOf(machine, { Postgres, Ceph, peer } = {}) {
  const { date, node, cores, processor, memoryGiB, kernel, fileSystem, fsyncMs } = machine;
  const { server_version: version, ...durability } = Postgres ?? {};
  const said = Object.entries(durability).map(([name, value]) => `\`${name} = ${value}\``);
  const others = Object.entries(peer ?? {}).map(([name, value]) => `${name} ${value}`);
  return [
    `${date}, ${cores} × ${processor}, ${memoryGiB} GiB, ${kernel}, ${fileSystem}, on which one write of 4 KiB is durable after ${fsyncMs.toFixed(2)} ms (median).`,
    `Node ${node}${version ? `, PostgreSQL ${version}` : ""}${Ceph ? `, Ceph ${Ceph}` : ""}${others.length > 0 ? `, ${others.join(", ")}` : ""}.`,
    "",
    "- **One machine for all.** Nodes, load, Postgres and Ceph share the cores, and no network is between them. A second node adds",
    "  no processor here: what a row shows of several nodes is what it costs to share, not what is gained. CPU per request is what",
    "  can be carried over to other machines; the rates cannot.",
    `- **Durability.** Postgres with ${said.join(", ") || "its defaults"}; SQLite with \`journal_mode = WAL\`, \`synchronous = FULL\`. Files on disk are`,
    "  written under a temporary name, flushed (fsync), renamed, and the folder is flushed, before the row is written. Ceph keeps all in",
    "  memory (memstore) here: it costs no disk, and is nothing to compare a disk with.",
    "- **The peer** is Django REST framework with a `ModelViewSet`, `JSONParser` and `MultiPartParser`, and an `ImageField`, behind gunicorn,",
    "  on a database of the same Postgres. Each request is one transaction by autocommit, its connection to the database is kept",
    "  (`CONN_MAX_AGE = None`). Its files go to a folder, and both are flushed before the row is written, by a storage of",
    "  the bench ([storage.py](../bench/scale/django/profiles/storage.py)); rows that say *unflushed* are of Django as it comes: after a power",
    "  cut a row may name a file that is not there. It computes no digest, keeps no event log, and its table has no index beside its key;",
    "  Waybill keeps one for each property that lists can be filtered by. Both look whether the picture is one: Waybill reads its header",
    "  (sharp), Django its chunks (Pillow's `verify`), and neither its pixels. Workers of the kind `sync` close each connection, those of",
    "  `gthread` keep it. Downloads are not measured: its documentation leaves them to a web server.",
    "- **Load.** A closed loop from a process of its own, over kept connections, as many requests under way as there are connections.",
    "  Every status is checked, and a sample is read back and compared. Processes are warmed up with",
    "  the same requests for 12 seconds each first. Runs take turns; each figure is the median of the runs.",
    "",
  ];
}
