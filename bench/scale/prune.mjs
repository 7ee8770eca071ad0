// Pruning many expired uploads while creates go on: how long it takes, and what those who create have of it. The pruner
// is the server's own; it begins with the server.
import { join } from "node:path";
import { fillUploads, uploadKey } from "./fill-uploads.mjs";
import { startNodes } from "./nodes.mjs";
import { runLoad } from "./run-load.mjs";

const document = join(import.meta.dirname, "profiles.yaml");
const size = 4096;
const secondsMax = 180;

export async function benchPrune({ backends, folder, picture, quick }) {
  const rows = [];
  for (const backend of backends) {
    const count = quick ? 2000 : backend.pruneCount;
    rows.push(await measurePrune({ backend, count, folder, picture, quick }));
  }
  return { size, rows };
}

async function measurePrune({ backend, count, folder, picture, quick }) {
  const load = { workload: "create-picture", path: "/api/v1/profiles/", picture, connections: 8 };
  const start = () => startNodes({ flags: backend.flags, env: backend.env, document, folder });
  const before = await start();
  const seconds = quick ? 1 : 5;
  const calm = await runLoad({ ...load, origins: before.origins, seconds }, { node: before.pids });
  await before.stop();
  await backend.fill(fillUploads(backend.dialect, { count, size, nowMs: Date.now() }));
  await backend.store(numbered(count).map(uploadKey), Buffer.alloc(size, "x"));
  await backend.settle();

  const node = await start();
  const startedMs = performance.now();
  let took;
  const untilGone = async (end) => {
    await poll(() => isLeft(backend));
    took = (performance.now() - startedMs) / 1000;
    end();
  };
  let gone;
  const options = { ...load, origins: node.origins, warmSeconds: 0, seconds: secondsMax };
  const busy = await runLoad(options, { node: node.pids }, (end) => (gone = untilGone(end)));
  await gone;
  await node.stop();
  const sample = numbered(50).map((i) => uploadKey(Math.ceil((i * count) / 50)));
  const left = await backend.stored(sample);
  if (left.length > 0) throw new Error(`${backend.name}: ${left.length} of 50 are still stored.`);
  return {
    backend: backend.name,
    count,
    seconds: took,
    perSecond: count / took,
    calm: figuresOf(calm),
    busy: figuresOf(busy),
  };
}

function numbered(count) {
  return Array.from({ length: count }, (_, i) => i + 1);
}

function figuresOf({ count, seconds, p50Ms, p99Ms, maxMs }) {
  return { perSecond: count / seconds, p50Ms, p99Ms, maxMs };
}

async function isLeft(backend) {
  const [row] = await backend.all(`SELECT
    (SELECT COUNT(*) FROM upload WHERE state = 'verified' AND expires_at <= ${Date.now()}) AS uploads,
    (SELECT COUNT(*) FROM tombstone) AS tombstones`);
  return Number(row.uploads) + Number(row.tombstones) > 0;
}

async function poll(isGoing) {
  const untilMs = performance.now() + secondsMax * 1000;
  while (await isGoing()) {
    if (performance.now() > untilMs) throw new Error(`Not pruned in ${secondsMax} s.`);
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
}
