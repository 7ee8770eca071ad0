// Durability, of the real server with real connections: it is killed in mid-upload, its clients go away
// or fall silent, its disk fills up. Whatever was acknowledged is there, and nothing else is.
import { execFileSync } from "node:child_process";
import { createHash, randomInt } from "node:crypto";
import { mkdtemp, rm, statfs, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from "vitest";
import {
  formBody,
  jsonBody,
  picture,
  protocols,
  rawBody,
  send,
  type Answer,
  type Body,
  type Picture,
} from "./kill-client.js";
import { createLedger, type Profile } from "./kill-ledger.js";
import { profilesPath, seeded, startLoad } from "./kill-load.js";
import { format, runRounds } from "./kill-rounds.js";
import {
  startServer,
  storedFiles,
  type KillServer,
  type KillServerOptions,
} from "./kill-server.js";

const kills = 50;
/** It dies up to so many acknowledgements, and then so much time, after the load starts. */
const answersMax = 12;
const killMsMax = 60;

let root: string;
beforeAll(async () => void (root = await mkdtemp(join(tmpdir(), "waybill-kill-"))));
afterAll(() => rm(root, { recursive: true, force: true }));

/** Whatever becomes of the test, the server does not outlive it. */
const started = (server: KillServer): void => onTestFinished(() => server.kill());

async function start(options: KillServerOptions): Promise<KillServer> {
  const server = await startServer(options);
  started(server);
  return server;
}

interface Row {
  readonly id: number;
  readonly name: string;
  readonly bio?: string;
  readonly pic: { readonly size: number; readonly sha256: string } | null;
}

async function listProfiles(port: number): Promise<Map<string, Profile>> {
  const answer = await send({ port, method: "GET", path: `${profilesPath}?page_size=1000` });
  expect(answer.status).toBe(200);
  const { results, next }: { results: Row[]; next: unknown } = JSON.parse(`${answer.bytes}`);
  expect(next).toBeNull();
  return new Map(
    results.map(({ id, name, bio = null, pic }) => [
      String(id),
      { name, bio, pic: pic && { size: pic.size, sha256: pic.sha256 } },
    ]),
  );
}

/** Reads every picture back, and compares the folder with what the API shows. */
async function checkFiles(port: number, data: string, profiles: ReadonlyMap<string, Profile>) {
  const sizes: number[] = [];
  for (const [id, { pic }] of profiles) {
    const got = await send({ port, method: "GET", path: `${profilesPath}${id}/pic/` });
    const sha256 = createHash("sha256").update(got.bytes).digest("hex");
    const read = { status: got.status, size: got.bytes.length, sha256 };
    if (pic) expect(read, `the picture of ${id}`).toEqual({ status: 200, ...pic });
    else expect(read.status, `the picture of ${id}`).toBe(404);
    if (pic) sizes.push(pic.size);
  }
  const want = { sizes: sizes.sort((a, b) => a - b), unfinished: [] };
  expect(await storedFiles(data), "the files on disk").toEqual(want);
}

it(`keeps what it acknowledged and nothing else, killed ${kills} times in mid-upload`, async () => {
  const seed = Number(process.env["KILL_SEED"] ?? randomInt(2 ** 31));
  console.log(`KILL_SEED=${seed}`);
  const random = seeded(seed);
  const data = join(root, "killed");
  const ledger = createLedger();
  let [answered, unanswered, leftovers] = [0, 0, 0];

  const check = async ({ port }: KillServer): Promise<void> => {
    const found = await listProfiles(port);
    expect(ledger.settle(found), `with seed ${seed}`).toEqual([]);
    await checkFiles(port, data, found);
  };

  for (let kill = 0; kill < kills; kill++) {
    const server = await start({ data });
    await check(server);
    const load = startLoad({ port: server.port, ledger, random });
    await load.acknowledged(Math.floor(random() * answersMax));
    await pause(random() * killMsMax);
    load.stop();
    await server.kill();
    await load.ended;
    answered += load.answered();
    unanswered += ledger.unanswered();
    leftovers += (await storedFiles(data)).unfinished.length;
  }
  await check(await start({ data }));
  // Or else it was killed at no interesting moment.
  for (const count of [answered, unanswered, leftovers]) expect(count).toBeGreaterThan(kills);
}, 300_000);

const rounds = Number(process.env["KILL_ROUNDS"] ?? 10);

it(
  "everything at once: nothing is lost, dangling or stray when it is stopped and killed",
  async () => {
    const seed = Number(process.env["KILL_SEED"] ?? randomInt(2 ** 31));
    const folder = await mkdtemp(join(root, "rounds-"));
    const tally = await runRounds({ root: folder, rounds, seed, tell: console.log, started });
    console.log(`KILL_SEED=${seed}, ${tally.stops} times stopped, ${tally.unanswered} unanswered`);
    console.log(format(tally));
    const result = process.env["KILL_RESULT"];
    if (result !== undefined) await writeFile(result, `${format(tally)}\n`);
    expect(tally.faults, `with seed ${seed}`).toEqual([]);
    expect(tally).toMatchObject({ kills: rounds, lost: 0, dangling: 0, stray: 0 });
    expect(tally.acknowledged).toBeGreaterThan(rounds);
  },
  Math.max(300_000, rounds * 10_000),
);

const MiB = 1024 * 1024;
const nothing = { sizes: [], unfinished: [] };

/** The styles that create a profile with a picture. */
const styles: Readonly<Record<string, (pic: Picture) => Body>> = {
  multipart: (pic) => formBody({ name: "Ada", pic }),
  "base64 in JSON": (pic) => jsonBody({ name: "Ada", pic }),
  "base64 in JSON, the file first": (pic) => jsonBody({ pic, name: "Ada" }),
};

const create = (port: number, body: Body): Promise<Answer> =>
  send({ port, method: "POST", path: profilesPath, body });

// Around the sizes of the buffers on the way, where the end of a file and the need to wait meet.
describe.each(Object.entries(styles))("what came as %s", (style, bodyOf) => {
  it("reads back as it was sent, whatever its size", async () => {
    const data = join(root, `sizes-${style}`);
    const server = await start({ data });
    const sizes = [4096, 65_536, 65_537, 70_000, 100_000, 262_145, 300_000, 600_000, 3 * MiB];
    for (const size of sizes) {
      const answer = await create(server.port, bodyOf(picture(size)));
      expect(`${answer.status} for ${size} octets`).toBe(`201 for ${size} octets`);
    }
    await checkFiles(server.port, data, await listProfiles(server.port));
  });
});

describe.each(Object.entries(protocols))("over %s, a client", (_, sendHalf) => {
  const requests = [
    ...Object.entries(styles).map(([style, bodyOf]) => ({ style, method: "POST", bodyOf })),
    { style: "raw octets", method: "PUT", bodyOf: rawBody },
  ];

  /** A server with one profile and its picture. `state` is all that a client could see of it. */
  const startWithOne = async (config?: string) => {
    const data = await mkdtemp(join(root, "half-"));
    const server = await start({ data, ...(config === undefined ? {} : { config }) });
    await create(server.port, formBody({ name: "Grace", pic: picture(5000) }));
    const state = async () => ({
      profiles: await listProfiles(server.port),
      files: await storedFiles(data),
    });
    const before = await state();
    expect(before.files).toEqual({ sizes: [5000], unfinished: [] });
    const begin = async (method: string, body: Body) => {
      const path = profilesPath + (method === "PUT" ? "1/pic/" : "");
      const sent = await sendHalf({ port: server.port, method, path, body });
      // Or else there would be nothing to leave behind.
      await vi.waitFor(async () => expect((await storedFiles(data)).unfinished).toHaveLength(1));
      return { ...sent, isMine: (line: { method?: string }) => line.method === method };
    };
    await server.logged(({ method }) => method === "POST");
    return { server, before, state, begin };
  };

  it("that goes away leaves nothing", async () => {
    const { server, before, state, begin } = await startWithOne();
    for (const { style, method, bodyOf } of requests) {
      const { breakOff, isMine } = await begin(method, bodyOf(picture(3 * MiB)));
      breakOff();
      const { faults } = await server.logged(isMine);
      expect(faults, style).toEqual(["client-gone"]);
      expect(await state(), style).toEqual(before);
    }
  });

  it("that falls silent is told so, and leaves nothing", async () => {
    const config = join(root, "idle.yaml");
    await writeFile(config, "limits: { idleMsMax: 500 }\n");
    const { before, state, begin } = await startWithOne(config);
    for (const { style, method, bodyOf } of requests) {
      const { status, breakOff } = await begin(method, bodyOf(picture(3 * MiB)));
      expect(await status, style).toBe(408);
      expect(await state(), style).toEqual(before);
      breakOff();
    }
  });
});

const diskMiB = 12;
const mountOf = (folder: string): string =>
  `mount -t tmpfs -o size=${diskMiB}m waybill-test '${folder}'`;

/** In a name space of its own, where one may mount, and which goes with its last process. */
const apart = (command: string): string[] => ["unshare", "-rm", "sh", "-c", command];

function whyNoDisk(): string | undefined {
  try {
    const [program = "", ...args] = apart(mountOf(tmpdir()));
    execFileSync(program, args, { stdio: "pipe" });
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message.trim() : "unknown";
  }
}

async function startOnSmallDisk() {
  const folder = await mkdtemp(join(root, "disk-"));
  const server = await start({
    data: join(folder, "data"),
    within: (command) => {
      const quoted = command.map((each) => `'${each}'`).join(" ");
      return apart(`${mountOf(folder)} && exec ${quoted}`);
    },
  });
  const seen = `/proc/${server.pid}/root${folder}`;
  const filler = join(seen, "filler");
  const fill = async (freeBytes: number): Promise<void> => {
    await rm(filler, { force: true });
    const { bavail, bsize } = await statfs(seen);
    await writeFile(filler, Buffer.alloc(bavail * bsize - freeBytes));
  };
  return { server, fill, data: join(seen, "data"), empty: () => rm(filler) };
}

const noDisk = whyNoDisk();
const unlessNoDisk = noDisk === undefined ? "" : ` (skipped, no small disk to be had: ${noDisk})`;

describe.skipIf(noDisk !== undefined)(`on a full disk${unlessNoDisk}`, () => {
  it.each(Object.entries(styles))("%s is refused, and leaves nothing", async (_, bodyOf) => {
    const { server, fill, empty, data } = await startOnSmallDisk();
    await fill(2 * MiB);
    const refused = await create(server.port, bodyOf(picture(3 * MiB)));
    expect(refused.status).toBe(507);
    expect(JSON.parse(`${refused.bytes}`)).toMatchObject({ detail: "The storage is full." });
    expect(await storedFiles(data)).toEqual(nothing);
    expect((await listProfiles(server.port)).size).toBe(0);
    await empty();
    expect((await create(server.port, bodyOf(picture(3 * MiB)))).status).toBe(201);
    await checkFiles(server.port, data, await listProfiles(server.port));
  });

  it("a row that has no room leaves no bytes, and the server goes on", async () => {
    const { server, fill, empty, data } = await startOnSmallDisk();
    // The log of the database takes what is free, row by row.
    await fill(256 * 1024);
    const row = jsonBody({ name: "Ada", bio: "x".repeat(100_000) });
    let answer: Answer;
    let acknowledged = -1;
    do {
      answer = await create(server.port, row);
      acknowledged++;
    } while (answer.status === 201);
    expect(answer.status).toBe(507);
    const refused = await create(server.port, formBody({ name: "Ada", pic: picture(200) }));
    expect([201, 507]).toContain(refused.status);
    if (refused.status === 201) acknowledged++;
    await empty();
    const found = await listProfiles(server.port);
    expect(found.size).toBe(acknowledged);
    await checkFiles(server.port, data, found);
    expect((await create(server.port, row)).status).toBe(201);
  });
});
