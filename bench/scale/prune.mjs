// Pruning many expired uploads, and the bytes of as many that expired before, while creates go on: how long it takes, and what those who create have of it. The pruner
// is the server's own; it begins with the server.
import { join } from "node:path";
import { fillUploads, buriedKey } from "./fill-uploads.mjs";
import { startNodes } from "./nodes.mjs";
import { runLoad } from "./run-load.mjs";

const document = join(import.meta.dirname, "profiles.yaml");
const size = 4096;
const dayMs = 24 * 3_600_000;
/** What is not pruned by then is told as such. */
const secondsMax = 240;

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
  // Both from the start of a node on: it is slower at first.
  const calm = await runLoad(
    { ...load, origins: before.origins, warmSeconds: 0, seconds: quick ? 1 : 30 },
    { node: before.pids },
  );
  await before.stop();
  await backend.fill(fillUploads(backend.dialect, { count, size, nowMs: Date.now() }));
  await backend.store(numbered(count).map(buriedKey), Buffer.alloc(size, "x"));
  await backend.settle();

  const node = await start();
  const startedMs = performance.now();
  let took;
  let left;
  const untilGone = async (end) => {
    left = await poll(() => leftIn(backend), quick ? 10 : secondsMax);
    took = (performance.now() - startedMs) / 1000;
    end();
  };
  let gone;
  const options = { ...load, origins: node.origins, warmSeconds: 0, seconds: 2 * secondsMax };
  const busy = await runLoad(options, { node: node.pids }, (end) => (gone = untilGone(end)));
  await gone;
  await node.stop();
  if (left === 0) await checkGone(backend, count);
  return {
    backend: backend.name,
    count,
    pruned: 2 * count - left,
    seconds: took,
    calm: figuresOf(calm),
    busy: figuresOf(busy),
  };
}

async function checkGone(backend, count) {
  const sample = numbered(50).map((i) => buriedKey(Math.ceil((i * count) / 50)));
  const still = await backend.stored(sample);
  if (still.length > 0) throw new Error(`${backend.name}: ${still.length} of 50 are still stored.`);
}

function numbered(count) {
  return Array.from({ length: count }, (_, i) => i + 1);
}

function figuresOf({ count, seconds, p50Ms, p99Ms, maxMs }) {
  return { perSecond: count / seconds, p50Ms, p99Ms, maxMs };
}

/** Uploads that are not expired yet, and bytes that are not deleted. */
async function leftIn(backend) {
  const [row] = await backend.all(`SELECT
    (SELECT COUNT(*) FROM upload WHERE state = 'verified' AND expires_at <= ${Date.now()}) AS uploads,
    (SELECT COUNT(*) FROM tombstone WHERE created_at <= ${Date.now() - dayMs}) AS tombstones`);
  return Number(row.uploads) + Number(row.tombstones);
}

/** Until there are none, or for so long; resolves to how many are left. */
async function poll(count, seconds) {
  const untilMs = performance.now() + seconds * 1000;
  for (;;) {
    const left = await count();
    if (left === 0 || performance.now() > untilMs) return left;
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
}
