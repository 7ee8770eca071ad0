// Three servers on one Postgres and one Ceph behind a bad network, under a mixed load, while they are killed, stopped,
// told to end and started again, and the database with them. Counts what is not as it was told.
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { openDbOf, openStoreOf } from "../../src/server/open-data.js";
import { startCeph } from "../servers/ceph.js";
import { startPostgres, type PostgresServer } from "../servers/postgres.js";
import { seeded, type Random } from "../system/kill-load.js";
import { mixDocument } from "../system/kill-mix.js";
import { startClusterLoad, type ClusterTally } from "./cluster-load.js";
import { createClusterNode, type ClusterNode } from "./cluster-node.js";
import { lookAtCluster, type ClusterTruth } from "./cluster-truth.js";
import { startStoreProxy } from "./store-proxy.js";

export interface ClusterResult {
  readonly events: Record<ChaosEvent, number>;
  readonly trouble: Readonly<Record<string, number>>;
  readonly tally: ClusterTally;
  readonly truth: ClusterTruth;
}

export interface ClusterOptions {
  /** A folder for all of it. */
  readonly folder: string;
  readonly minutes: number;
  readonly seed: number;
  readonly tell: (text: string) => void;
  /** Told of what must be undone, however it ends. */
  readonly undo: (work: () => Promise<unknown>) => void;
}

const nodesCount = 3;
const clients = 6;
const config = "prune: { intervalMs: 1000 }\nuploads: { expiresMs: 120000 }\nlogLevel: error\n";

export async function runCluster(options: ClusterOptions): Promise<ClusterResult> {
  const { folder, minutes, seed, tell, undo } = options;
  const random = seeded(seed);
  const [postgres, ceph] = await Promise.all([startPostgres(), startCeph()]);
  undo(() => postgres.stop());
  undo(() => ceph.stop());
  const proxy = await startStoreProxy(ceph.endpoint, random);
  undo(() => proxy.stop());
  const [document, file] = [join(folder, "mix.yaml"), join(folder, "config.yaml")];
  await Promise.all([writeFile(document, mixDocument), writeFile(file, config)]);
  const through = new URL(ceph.url);
  through.searchParams.set("endpoint", proxy.endpoint);
  const env = { ...ceph.environment, WAYBILL_DB: postgres.url, WAYBILL_STORE: through.href };
  const nodes = Array.from({ length: nodesCount }, () =>
    createClusterNode({ document, config: file, env }),
  );
  for (const node of nodes) undo(() => node.end("SIGKILL"));
  // At once, on an empty database.
  await Promise.all(nodes.map((node) => node.start()));
  const ports = (): number[] => nodes.map((node) => node.port()).filter((port) => port > 0);
  const load = startClusterLoad({ ports, random, clients });
  const events = await chaos({ nodes, postgres, random, minutes, proxy, tell, tally: load.tally });
  proxy.trouble(0);
  await load.finish();
  await load.check();
  await Promise.all(nodes.map((node) => node.end("SIGTERM")));
  Object.assign(process.env, ceph.environment);
  const places = { data: folder, db: postgres.url, store: ceph.url };
  const [db, store] = [await openDbOf(places), await openStoreOf(places)];
  const truth = await lookAtCluster(db, store).finally(() => db.close());
  return { events, trouble: proxy.done, tally: load.tally, truth };
}

export function formatCluster({ events, trouble, tally, truth }: ClusterResult): string {
  const { acknowledged, lost, unanswered, byStyle } = tally;
  const { dangling, stray, aside, swept } = truth;
  return (
    `${list(events)}; store: ${list(trouble)}; ${acknowledged} acknowledged (${list(byStyle)}), ` +
    `${unanswered} given up, ${lost} lost, ${dangling} dangling, ${stray} stray, ${aside} put aside, ${swept} swept`
  );
}

function list(counts: Readonly<Record<string, number>>): string {
  return Object.entries(counts)
    .map(([name, count]) => `${count} ${name}`)
    .join(", ");
}

type ChaosEvent = "kills" | "stops" | "restarts" | "database restarts" | "database crashes";

interface Chaos {
  readonly nodes: readonly ClusterNode[];
  readonly postgres: PostgresServer;
  readonly proxy: { trouble(share: number): void };
  readonly random: Random;
  readonly minutes: number;
  readonly tally: ClusterTally;
  readonly tell: (text: string) => void;
}

const breathMsMax = 3000;
const standMsMax = 12_000;

async function chaos(options: Chaos): Promise<Record<ChaosEvent, number>> {
  const { nodes, postgres, proxy, random, minutes, tally, tell } = options;
  const counts: Record<ChaosEvent, number> = {
    kills: 0,
    stops: 0,
    restarts: 0,
    "database restarts": 0,
    "database crashes": 0,
  };
  const untilMs = Date.now() + minutes * 60_000;
  let toldMs = Date.now();
  while (Date.now() < untilMs) {
    // Bad for a while, then as it should be.
    proxy.trouble(random() * 0.1);
    await pause(500 + random() * breathMsMax);
    const node = nodes[Math.floor(random() * nodes.length)];
    if (!node) continue;
    const lot = random();
    if (lot < 0.4) {
      counts.kills++;
      if (random() < 0.3) node.signal("SIGSTOP"); // it dies without having moved again
      await node.end("SIGKILL");
      await pause(random() * 1000);
      await node.start();
    } else if (lot < 0.65) {
      counts.stops++;
      node.signal("SIGSTOP");
      await pause(random() * standMsMax);
      node.signal("SIGCONT");
    } else if (lot < 0.85) {
      counts.restarts++;
      await node.end("SIGTERM");
      await node.start();
    } else if (lot < 0.93) {
      counts["database restarts"]++;
      await postgres.restart();
    } else {
      counts["database crashes"]++;
      await postgres.kill("crash");
      await pause(random() * 2000);
      await postgres.start();
    }
    if (Date.now() - toldMs < 30_000) continue;
    toldMs = Date.now();
    const { acknowledged, lost, unanswered } = tally;
    tell(
      `${JSON.stringify(counts)}, ${acknowledged} acknowledged, ${unanswered} given up, ${lost} lost`,
    );
  }
  return counts;
}
