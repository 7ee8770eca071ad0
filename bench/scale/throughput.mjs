// Creates and downloads a second, on one node and on several, each in turn with the others; and the peer's creates.
import { randomFillSync } from "node:crypto";
import { mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { median } from "../measure.mjs";
import { prepareDjango, startDjango } from "./django.mjs";
import { startNodes } from "./nodes.mjs";
import { runLoad } from "./run-load.mjs";

const document = join(import.meta.dirname, "profiles.yaml");
const profiles = "/api/v1/profiles/";
const files = "/api/v1/files/";
const MB = 1_000_000;
/** On one node; several share them. It is about as long until what small requests run through is compiled. */
const warmSeconds = 12;

const workloads = [
  { name: "create, 3 fields", kind: "create-plain", connections: 32, peer: true },
  {
    name: "create, 3 fields and a picture of 20 KB",
    kind: "create-picture",
    connections: 32,
    peer: true,
  },
  {
    name: "create with the picture, one at a time",
    kind: "create-picture",
    connections: 1,
    peer: true,
    isWarm: true,
  },
  { name: "download, 20 KB", kind: "read", what: "picture", connections: 32 },
  { name: "download, 10 MB", kind: "read", what: "file", connections: 4 },
];

/** `wanted`: of workloads whose name has it not, what there is of an `earlier` run. */
export async function benchThroughput({
  backends,
  peer,
  folder,
  picture,
  quick,
  wanted,
  earlier = [],
}) {
  const subjects = [];
  const stops = [];
  try {
    for (const backend of backends) {
      const nodes = await startNodes({
        count: backend.nodesMax,
        flags: backend.flags,
        env: backend.env,
        document,
        folder,
      });
      stops.push(nodes.stop);
      const paths = await storeSome(nodes.origins[0], picture);
      for (let count = 1; count <= backend.nodesMax; count++)
        subjects.push(subjectOf({ backend, nodes, count, paths }));
    }
    if (peer) subjects.push(...(await startPeers({ ...peer, folder, stops })));
    const isWanted = ({ name }) => name.includes(wanted);
    const chosen = workloads.filter(isWanted);
    const rows = await measureAll(subjects, { workloads: chosen, picture, quick });
    return workloads.flatMap((each) =>
      (isWanted(each) ? rows : earlier).filter(({ workload }) => workload === each.name),
    );
  } finally {
    await Promise.all(stops.map((stop) => stop()));
  }
}

function subjectOf({ backend, nodes, count, paths }) {
  return {
    name: backend.name,
    processes: `${count} node${count > 1 ? "s" : ""}`,
    origins: nodes.origins.slice(0, count),
    meters: { nodes: nodes.pids.slice(0, count), ...backend.meters },
    written: backend.written,
    paths,
  };
}

/** The peer by its kinds of processes, all on one database and one folder. */
async function startPeers({ database, meters, folder, stops }) {
  const place = join(folder, "django");
  mkdirSync(place, { recursive: true });
  const env = await prepareDjango({ database, folder: place });
  const kinds = [
    { workers: 1 },
    { workers: 3 },
    { workers: 5 },
    { workers: 3, threads: 4 },
    { workers: 3, threads: 4, files: "unflushed" },
  ];
  const subjects = [];
  for (const kind of kinds) {
    const server = await startDjango({ env, ...kind });
    stops.push(server.stop);
    const { workers, threads, files } = kind;
    const each = threads === undefined ? "sync" : `gthread, ${threads} threads`;
    subjects.push({
      name: `Django REST framework, Postgres + disk${files === undefined ? "" : ` (${files})`}`,
      processes: `${workers} worker${workers > 1 ? "s" : ""} (${each})`,
      origins: server.origins,
      meters: { nodes: server.pids, ...meters },
      isPeer: true,
      isUnflushed: files === "unflushed",
    });
  }
  return subjects;
}

async function measureAll(subjects, { workloads: chosen, picture, quick }) {
  const rows = [];
  for (const workload of chosen) {
    const takers = subjects
      .filter(({ isPeer }) => !isPeer || workload.peer)
      .filter(({ isUnflushed }) => !isUnflushed || workload.kind === "create-picture")
      .filter(({ processes }) => workload.connections > 1 || processes.startsWith("1 "))
      .map((subject) => ({ subject, runs: [] }));
    const runs = quick ? 1 : 3;
    const seconds = quick ? 0.7 : 3;
    if (!quick && !workload.isWarm) await warmUp(takers, { workload, picture });
    for (let run = 0; run < runs; run++)
      for (const taker of takers)
        taker.runs.push(await measureOne(taker.subject, { workload, picture, seconds }));
    rows.push(...takers.map(({ subject, runs: all }) => rowOf(workload, subject, all)));
  }
  return rows;
}

/** Each process once, with all that serve the same. */
async function warmUp(takers, { workload, picture }) {
  for (const { subject } of takers) {
    const { origins } = subject;
    const isShared = takers.some(
      ({ subject: { origins: more } }) => origins.length < more.length && more.includes(origins[0]),
    );
    if (isShared) continue;
    const seconds = warmSeconds * (subject.isPeer ? 1 : origins.length);
    await measureOne(subject, { workload, picture, seconds });
  }
}

async function measureOne({ origins, meters, paths, written }, { workload, picture, seconds }) {
  const { kind, connections, what } = workload;
  const read = what && paths[what];
  const before = await written?.();
  const figures = await runLoad(
    // A process that has waited for its turn is slow again for a moment.
    {
      workload: kind,
      origins,
      connections,
      warmSeconds: 2,
      seconds,
      path: profiles,
      picture,
      ...read,
    },
    meters,
  );
  const after = await written?.();
  const isWritten = before && kind !== "read";
  return {
    ...figures,
    ...(isWritten ? { walPerCreate: (after.walOctets - before.walOctets) / figures.answered } : {}),
    ...(isWritten ? { commitsPerCreate: (after.commits - before.commits) / figures.answered } : {}),
  };
}

function rowOf(workload, { name, processes, meters }, runs) {
  const of = (pick) => median(runs.map(pick));
  const cpuMs = Object.keys(meters).map((meter) => [
    meter,
    of(({ cpuSeconds, count }) => (cpuSeconds[meter] / count) * 1000),
  ]);
  const isWritten = runs[0].walPerCreate !== undefined;
  return {
    workload: workload.name,
    connections: workload.connections,
    subject: name,
    processes,
    perSecond: of(({ count, seconds }) => count / seconds),
    perSecondLeast: Math.min(...runs.map(({ count, seconds }) => count / seconds)),
    perSecondMost: Math.max(...runs.map(({ count, seconds }) => count / seconds)),
    refused: runs.reduce((sum, { refused }) => sum + refused, 0),
    p50Ms: of(({ p50Ms }) => p50Ms),
    p99Ms: of(({ p99Ms }) => p99Ms),
    cpuMs: {
      ...Object.fromEntries(cpuMs),
      load: of(({ loadCpuSeconds, count }) => (loadCpuSeconds / count) * 1000),
    },
    ...(isWritten ? { walPerCreate: of(({ walPerCreate }) => walPerCreate) } : {}),
    ...(isWritten ? { commitsPerCreate: of(({ commitsPerCreate }) => commitsPerCreate) } : {}),
  };
}

/** What is downloaded later: pictures of 20 KB, and files of 10 MB. */
async function storeSome(origin, picture) {
  const bytes = readFileSync(picture);
  const noise = randomFillSync(Buffer.alloc(10 * MB));
  const one = (path, property, body, type) =>
    storeOne(new URL(path, origin), { property, body, type });
  const pictures = [];
  for (let i = 0; i < 50; i++) pictures.push(await one(profiles, "pic", bytes, "image/png"));
  const large = [];
  for (let i = 0; i < 3; i++)
    large.push(await one(files, "content", noise, "application/octet-stream"));
  return {
    picture: { paths: pictures, size: bytes.length },
    file: { paths: large, size: noise.length },
  };
}

/** Resolves to the path that it is read at. */
async function storeOne(url, { property, body, type }) {
  const form = new FormData();
  if (property === "pic") form.set("name", "Read often");
  form.set(property, new Blob([body], { type }), "file");
  const response = await fetch(url, { method: "POST", body: form });
  const text = await response.text();
  if (response.status !== 201) throw new Error(`${url}: ${response.status} ${text}`);
  return new URL(JSON.parse(text)[property].url, url).pathname;
}
