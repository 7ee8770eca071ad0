// Several nodes, a database and an object storage, all of which fail: nothing that was acknowledged is lost, and at the
// end there is nothing that nobody has. `npm run cluster -- --minutes N [--seed S]` goes on for longer.
import { randomInt } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { formatCluster, runCluster } from "../cluster/cluster-run.js";

const minutes = Number(process.env["CLUSTER_MINUTES"] ?? 1);
const seed = Number(process.env["CLUSTER_SEED"] ?? randomInt(2 ** 31));
const undo: (() => Promise<unknown>)[] = [];
let folder: string;
beforeAll(async () => void (folder = await mkdtemp(join(tmpdir(), "waybill-cluster-"))));
afterAll(async () => {
  for (const each of undo.toReversed()) await each().catch(() => undefined);
  await rm(folder, { recursive: true, force: true });
});

it(
  "nothing is lost, dangling or stray, whatever fails",
  async () => {
    const result = await runCluster({
      folder,
      minutes,
      seed,
      tell: console.log,
      undo: (work) => void undo.push(work),
    });
    const line = `seed ${seed}: ${formatCluster(result)}`;
    console.log(line);
    const to = process.env["CLUSTER_RESULT"];
    if (to !== undefined) await writeFile(to, `${line}\n`);
    const { tally, truth, events } = result;
    expect([...tally.faults, ...truth.faults], `with seed ${seed}`).toEqual([]);
    expect({ lost: tally.lost, ...truth }).toMatchObject({ lost: 0, dangling: 0, stray: 0 });
    expect(tally.acknowledged).toBeGreaterThan(10 * minutes);
    expect(events.kills + events.stops + events.restarts).toBeGreaterThan(minutes);
  },
  minutes * 60_000 + 600_000,
);
