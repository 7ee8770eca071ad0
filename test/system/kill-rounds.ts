// Rounds of a server under the mixed load that is killed, or stopped for a while and killed, and started again over the
// same folder; after each it is asked what it has, and its folder is looked into. Counts what is not as it was told.
import { createHash } from "node:crypto";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { send } from "./kill-client.js";
import { createLedger, type Ledger, type Profile } from "./kill-ledger.js";
import { seeded } from "./kill-load.js";
import { mixConfig, mixDocument, startMix } from "./kill-mix.js";
import { startServer, storedFiles, type KillServer } from "./kill-server.js";

export interface Tally {
  kills: number;
  /** Times that it stood still before it went on or was killed. */
  stops: number;
  acknowledged: number;
  /** Changes of which nobody was told whether they were made. */
  unanswered: number;
  /** What was acknowledged and is not so. */
  lost: number;
  /** Files that are shown and cannot be read as they are shown. */
  dangling: number;
  /** Files in the folder that nothing shown has, when all that is due has been done. */
  stray: number;
  /** Sentences for each of them. */
  readonly faults: string[];
}

export interface RoundsOptions {
  /** A folder for all of it. */
  readonly root: string;
  readonly rounds: number;
  readonly seed: number;
  readonly tell?: (text: string) => void;
  readonly started?: (server: KillServer) => void;
}

/** It dies up to so many acknowledgements, and then so much time, after the load begins. */
const answersMax = 15;
const runMsMax = 150;
const standMsMax = 900;
/** Every so many rounds its clients finish, and it has the time to clear up. */
const calmEvery = 8;
const clearMsMax = 30_000;

export async function runRounds(options: RoundsOptions): Promise<Tally> {
  const { root, rounds, seed, tell, started } = options;
  const random = seeded(seed);
  const [document, config] = [join(root, "mix.yaml"), join(root, "mix-config.yaml")];
  await writeFile(document, mixDocument);
  await writeFile(config, mixConfig);
  const data = join(root, "mix");
  const ledger = createLedger();
  const tally: Tally = {
    kills: 0,
    stops: 0,
    acknowledged: 0,
    unanswered: 0,
    lost: 0,
    dangling: 0,
    stray: 0,
    faults: [],
  };
  const start = async (): Promise<KillServer> => {
    const server = await startServer({ data, document, config });
    started?.(server);
    return server;
  };
  for (let round = 1; round <= rounds; round++) {
    const server = await start();
    await check(server, ledger, tally);
    const mix = startMix({ port: server.port, ledger, random });
    const wasStopped = random() < 0.4;
    await mix.reached(Math.floor(random() * answersMax));
    await pause(random() * runMsMax);
    if (wasStopped) await stand(server, tally, random() * standMsMax);
    if (round % calmEvery === 0) {
      await mix.finish();
      await checkFolder(server, data, tally);
    }
    mix.stop();
    if (random() < 0.2) server.signal("SIGSTOP"); // it dies without having moved again
    await server.kill();
    await mix.ended.catch((error: Error) => void tally.faults.push(error.message));
    tally.kills++;
    tally.acknowledged += mix.acknowledged();
    tally.unanswered += ledger.unanswered();
    if (round % 25 === 0) tell?.(`${round} rounds: ${format(tally)}`);
  }
  const last = await start();
  await check(last, ledger, tally);
  await checkFolder(last, data, tally);
  await last.kill();
  return tally;
}

export function format(tally: Tally): string {
  const { kills, acknowledged, lost, dangling, stray } = tally;
  return `${kills} kills, ${acknowledged} acknowledged, ${lost} lost, ${dangling} dangling, ${stray} stray`;
}

async function stand(server: KillServer, tally: Tally, ms: number): Promise<void> {
  tally.stops++;
  server.signal("SIGSTOP");
  await pause(ms);
  server.signal("SIGCONT");
  await pause(ms / 4);
}

interface Shown {
  readonly size: number;
  readonly sha256: string;
}

type Row = { readonly id: number } & Readonly<Record<string, unknown>>;

async function list({ port }: KillServer, path: string): Promise<Row[]> {
  const { status, bytes } = await send({ port, method: "GET", path: `${path}?page_size=1000` });
  if (status !== 200) throw new Error(`${path} is answered ${status}: ${bytes}`);
  return (JSON.parse(`${bytes}`) as { results: Row[] }).results;
}

const shown = (value: unknown): Shown | null =>
  value ? { size: (value as Shown).size, sha256: (value as Shown).sha256 } : null;

/** What it shows is what was acknowledged, and can be read. */
async function check(server: KillServer, ledger: Ledger, tally: Tally): Promise<void> {
  const profiles = await list(server, "/profiles/");
  const found = new Map(profiles.map((row): [string, Profile] => [String(row.id), profileOf(row)]));
  const lost = ledger.settle(found);
  tally.lost += lost.length;
  tally.faults.push(...lost);
  const passports = await list(server, "/passports/");
  for (const row of passports)
    if (!row["front"] || !row["back"]) tally.faults.push(`Passport ${row.id} is seen half.`);
  const files = [
    ...profiles.map((row) => [`/profiles/${row.id}/pic/`, shown(row["pic"])] as const),
    ...passports.flatMap((row) =>
      ["front", "back"].map((name) => [`/passports/${row.id}/${name}/`, shown(row[name])] as const),
    ),
  ];
  for (const [path, file] of files) {
    if (!file || (await isReadable(server, path, file))) continue;
    tally.dangling++;
    tally.faults.push(`${path} cannot be read as it is shown.`);
  }
}

function profileOf(row: Row): Profile {
  const bio = typeof row["bio"] === "string" ? row["bio"] : null;
  return { name: String(row["name"]), bio, pic: shown(row["pic"]) };
}

async function isReadable({ port }: KillServer, path: string, file: Shown): Promise<boolean> {
  const { status, bytes } = await send({ port, method: "GET", path });
  const sha256 = createHash("sha256").update(bytes).digest("hex");
  return status === 200 && bytes.length === file.size && sha256 === file.sha256;
}

/** Once all that is due has been done, the folder has what is shown and nothing else. */
async function checkFolder(server: KillServer, data: string, tally: Tally): Promise<void> {
  const rows = [...(await list(server, "/profiles/")), ...(await list(server, "/passports/"))];
  const wanted = rows
    .flatMap((row) => [shown(row["pic"]), shown(row["front"]), shown(row["back"])])
    .flatMap((each) => each ?? []).length;
  const deadline = Date.now() + clearMsMax;
  for (;;) {
    const { sizes, unfinished } = await storedFiles(data);
    const stray = sizes.length + unfinished.length - wanted;
    if (stray === 0) return;
    if (Date.now() > deadline) {
      tally.stray += Math.abs(stray);
      tally.faults.push(`${sizes.length} files and ${unfinished.join(", ")} for ${wanted}.`);
      return;
    }
    await pause(100);
  }
}
