// All files of a folder to Ceph, as operations.md says it is done, by processes of their own: under load, with the command
// killed half-way and run again. What was acknowledged outlives the old store; what is damaged in there does not move.
import { spawn, type ChildProcess } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import type { Db } from "../../src/db/db.js";
import { openDbOf } from "../../src/server/open-data.js";
import { openStoreBeside } from "../../src/server/open-store.js";
import { pruneDue } from "../../src/server/prune-due.js";
import { hasBlob } from "../../src/store/has-blob.js";
import type { Store } from "../../src/store/store.js";
import { quarantined } from "../../src/upload/quarantined.js";
import { lookAtCluster } from "../cluster/cluster-truth.js";
import { startCeph, type Ceph } from "../servers/ceph.js";
import { formBody, picture, send, type Body, type Picture } from "../system/kill-client.js";
import { createLedger, type Ledger, type Profile } from "../system/kill-ledger.js";
import { seeded } from "../system/kill-load.js";
import { mixDocument, startMix } from "../system/kill-mix.js";
import { root, startServer, type ServerProcess } from "../system/server-process.js";

const steadyCount = 60;
const changingCount = 30;
const atOnce = 2;
const expiresMs = 60 * 60 * 1000;
const tus = { "tus-resumable": "1.0.0" };

let [ceph, folder]: [Ceph?, string?] = [];
const undo: (() => Promise<unknown>)[] = [];
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "waybill-move-"));
  ceph = await startCeph();
  Object.assign(process.env, ceph.environment);
  await writeFile(join(folder, "mix.yaml"), mixDocument);
  const config = `prune: { intervalMs: 100 }\nuploads: { expiresMs: ${expiresMs} }\nlogLevel: error\n`;
  await writeFile(join(folder, "config.yaml"), config);
});
afterAll(async () => {
  for (const each of undo.toReversed()) await each().catch(() => undefined);
  await ceph?.stop();
  if (folder !== undefined) await rm(folder, { recursive: true, force: true });
});

interface Server extends ServerProcess {
  readonly port: number;
}

async function serve(data: string, ...args: readonly string[]): Promise<Server> {
  const config = join(folder!, "config.yaml");
  const document = join(folder!, "mix.yaml");
  const all = ["--host", "127.0.0.1", "--config", config, ...args];
  const server = await startServer({ document, data, args: all });
  undo.push(() => server.stop("SIGKILL"));
  return { ...server, port: Number(new URL(server.url).port) };
}

interface Move {
  readonly data: string;
  readonly from: string;
  readonly to: string;
}

type Line = Readonly<Record<string, unknown>>;

function startMove({ data, from, to }: Move): ChildProcess {
  const places = ["--data", data, "--from", from, "--to", to];
  const args = ["migrate-store", ...places, `--at-once=${atOnce}`, "--json"];
  const child = spawn(process.execPath, [join(root, "dist/cli/main.js"), ...args], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  undo.push(async () => void child.kill("SIGKILL"));
  return child;
}

async function move(how: Move): Promise<{ code: number | null; lines: Line[] }> {
  const child = startMove(how);
  let text = "";
  child.stdout?.setEncoding("utf8").on("data", (chunk: string) => (text += chunk));
  await once(child, "close");
  const lines = text.trim().split("\n");
  return { code: child.exitCode, lines: lines.map((line) => JSON.parse(line) as Line) };
}

/** Killed when some of these keys are in the target; resolves to how many are not when it is dead. */
async function moveHalf(how: Move, target: Store, keys: ReadonlySet<string>): Promise<number> {
  const child = startMove(how);
  const ended = once(child, "exit");
  while ((await countThere(target, keys)) < 8) expect(child.exitCode).toBeNull();
  child.kill("SIGKILL");
  await ended;
  expect(child.signalCode).toBe("SIGKILL");
  return keys.size - (await countThere(target, keys));
}

async function countThere(store: Store, keys: ReadonlySet<string>): Promise<number> {
  let there = 0;
  for await (const { key } of store.list()) if (keys.has(key)) there++;
  return there;
}

async function create({ port }: Server, name: string, body: Body): Promise<string> {
  const answer = await send({ port, method: "POST", path: "/profiles/", body });
  expect(answer.status, `${name}: ${answer.bytes}`).toBe(201);
  return String(answer.location?.split("/").at(-2));
}

async function expectPicture({ port }: Server, id: string, pic: Picture): Promise<void> {
  const { status, bytes } = await send({ port, method: "GET", path: `/profiles/${id}/pic/` });
  const sha256 = createHash("sha256").update(bytes).digest("hex");
  expect([id, status, bytes.length, sha256]).toEqual([id, 200, pic.size, pic.sha256]);
}

/** Some that nobody changes, by id. */
async function addSteady(server: Server): Promise<Map<string, Picture>> {
  const steady = new Map<string, Picture>();
  for (let i = 0; i < steadyCount; i++) {
    const pic = picture(i === 0 ? 3_000_000 : 100_000 + i);
    steady.set(await create(server, "steady", formBody({ name: "steady", pic })), pic);
  }
  return steady;
}

async function addChanging(server: Server, ledger: Ledger): Promise<void> {
  for (let i = 0; i < changingCount; i++) {
    const pic = picture(50_000 + i);
    const sent = { want: { name: "changing", bio: null, pic } };
    ledger.begin(sent);
    const id = await create(server, "changing", formBody({ name: sent.want.name, pic }));
    ledger.acknowledge(sent, id);
  }
}

const patchType = "application/offset+octet-stream";

interface Begun {
  readonly path: string;
  readonly token: string;
  readonly pic: Picture;
}

async function beginUpload({ port }: Server): Promise<Begun> {
  const pic = picture(200_000);
  const headers = { ...tus, "upload-length": String(pic.size) };
  const body = { type: patchType, bytes: pic.bytes.subarray(0, 70_000) };
  const made = await send({ port, method: "POST", path: "/uploads", headers, body });
  expect([made.status, made.headers["upload-offset"]]).toEqual([201, "70000"]);
  const path = new URL(made.location ?? "", "http://x").pathname;
  return { path, token: String(made.headers["upload-token"]), pic };
}

async function endUpload(server: Server, { path, token, pic }: Begun): Promise<string> {
  const { port } = server;
  const headers = { ...tus, "upload-offset": "70000" };
  const body = { type: patchType, bytes: pic.bytes.subarray(70_000) };
  const sent = await send({ port, method: "PATCH", path, headers, body });
  expect(sent.status, `${sent.bytes}`).toBe(204);
  const bytes = Buffer.from(JSON.stringify({ name: "n", pic: { upload: token } }));
  return create(server, "upload", { type: "application/json", bytes });
}

/** Reads what nobody changes, again and again, from wherever it is by then. */
function startReading(server: Server, steady: ReadonlyMap<string, Picture>) {
  const state = { stopped: false, read: 0 };
  const ended = (async () => {
    while (!state.stopped)
      for (const [id, pic] of steady) {
        if (state.stopped) break;
        await expectPicture(server, id, pic);
        state.read++;
      }
  })();
  ended.catch(() => undefined);
  return {
    async finish(): Promise<number> {
      state.stopped = true;
      await ended;
      return state.read;
    },
  };
}

interface Row extends Profile {
  readonly id: number;
}

async function expectAsAcknowledged(
  server: Server,
  ledger: Ledger,
  steady: ReadonlyMap<string, Picture>,
): Promise<void> {
  const { port } = server;
  const { bytes } = await send({ port, method: "GET", path: "/profiles/?page_size=1000" });
  const { results } = JSON.parse(`${bytes}`) as { results: Row[] };
  const shown = results.filter(({ id }) => !steady.has(String(id)));
  const found = shown.map(({ id, name, bio, pic }): [string, Profile] => [
    String(id),
    { name, bio: bio ?? null, pic: pic && { size: pic.size, sha256: pic.sha256 } },
  ]);
  expect(ledger.unanswered()).toBe(0);
  expect(ledger.settle(new Map(found))).toEqual([]);
  for (const [id, { pic }] of found) if (pic) await expectPicture(server, id, pic as Picture);
  for (const [id, pic] of steady) await expectPicture(server, id, pic);
}

async function spoil(path: string): Promise<() => Promise<void>> {
  const bytes = await readFile(path);
  const bad = Buffer.from(bytes);
  bad[bad.length >> 1]! ^= 1;
  await writeFile(path, bad);
  return () => writeFile(path, bytes);
}

async function rowsOf(data: string): Promise<{ id: string; key: string }[]> {
  const db = await openDbOf({ data });
  return db.all<{ id: string; key: string }>("SELECT id, key FROM blob").finally(() => db.close());
}

const goOn = async (): Promise<boolean> => true;

/** The uploads that nobody attached; their bytes are due an hour later. */
async function expireAll(db: Db, store: Store): Promise<void> {
  const clock = { now: () => Date.now() + 2 * expiresMs };
  const keep = { graceMs: store.graceMs ?? 0, eventsMs: 100 * 24 * expiresMs, dryRun: false };
  for await (const { kind, id, done } of pruneDue({ db, store, clock, goOn, ...keep }))
    expect(done, `${kind} ${id}`).toBe(true);
}

it("loses nothing, though it is killed half-way while all goes on", async () => {
  const data = join(folder!, "data");
  const [from, to] = [join(data, "files"), ceph!.url];
  const target = await openStoreBeside(to);
  const ledger = createLedger();
  const random = seeded(6);

  const old = await serve(data);
  const broken = picture(80_000);
  const damagedId = await create(old, "damaged", formBody({ name: "damaged", pic: broken }));
  const [damaged] = await rowsOf(data);
  const steady = await addSteady(old);
  const keys = new Set((await rowsOf(data)).map(({ key }) => key));
  keys.delete(damaged!.key);
  await addChanging(old, ledger);
  const begun = await beginUpload(old);
  const oldKeys = new Set((await rowsOf(data)).map(({ key }) => key));
  expect(await old.stop()).toBe(0);
  const mend = await spoil(join(from, "blobs", damaged!.key.slice(-2), damaged!.key));

  const both = await serve(data, "--store", to, "--read-also", from);
  const mix = startMix({ port: both.port, ledger, random });
  const reading = startReading(both, steady);
  const how = { data, from, to };
  expect(await moveHalf(how, target, keys)).toBeGreaterThan(0);
  expect((await countThere(target, keys)) >= 8).toBe(true);

  const second = await move(how);
  expect(second.code).toBe(1);
  const findings = second.lines.filter(({ id }) => id !== undefined);
  expect(findings).toMatchObject([{ kind: "digest", id: damaged!.id, key: damaged!.key }]);
  const left = second.lines.filter(({ kind }) => kind === "left");
  expect(left.map(({ what }) => what).sort()).toEqual(["blob", "upload"]);
  expect(await hasBlob(target, damaged!.key)).toBe(false);
  expect(second.lines.at(-1)).toMatchObject({ kind: "summary", left: 2, findings: 1, done: false });

  steady.set(await endUpload(both, begun), begun.pic);
  await mend();
  steady.set(damagedId, broken);
  const third = await move(how);
  expect([third.code, third.lines]).toMatchObject([0, [{ kind: "summary", left: 0, done: true }]]);
  await mix.finish();
  expect(mix.acknowledged()).toBeGreaterThan(10);
  expect(await reading.finish()).toBeGreaterThan(0);
  expect(await both.stop()).toBe(0);

  await rm(from, { recursive: true });
  const alone = await serve(data, "--store", to);
  await expectAsAcknowledged(alone, ledger, steady);
  expect(await alone.stop()).toBe(0);

  const db = await openDbOf({ data });
  undo.push(() => db.close());
  await expireAll(db, target);
  const truth = await lookAtCluster(db, target);
  expect(truth).toMatchObject({ dangling: 0, stray: 0, faults: [] });
  // A file may be deleted after its copy, while the command that would have looked is dead: nothing else is nobody's.
  expect(truth.aside).toBeLessThanOrEqual(atOnce);
  for (const key of (await quarantined(target)).keys()) expect(oldKeys).toContain(key);
}, 600_000);
