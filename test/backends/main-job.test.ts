// The main job end to end, by the built command line, on each combination of database and storage that is supported:
// the same scenarios for all of them, and at the end the storage holds what the rows name, and nothing else.
import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { load } from "js-yaml";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Db } from "../../src/db/db.js";
import { openDbBeside } from "../../src/server/open-db.js";
import { openStoreBeside } from "../../src/server/open-store.js";
import { pruneDue } from "../../src/server/prune-due.js";
import type { Store } from "../../src/store/store.js";
import { startAzurite, type Azurite } from "../servers/azurite.js";
import { startCeph, type Ceph } from "../servers/ceph.js";
import { startGcs, type Gcs } from "../servers/gcs.js";
import { startPostgres } from "../servers/postgres.js";
import { clientOf, pictures } from "../system/http-scenario.js";
import { root, startServer, type ServerProcess } from "../system/server-process.js";
import {
  bytesOf,
  cases,
  papers,
  profiles,
  readBack,
  styles,
  valueOf,
  type Job,
} from "./main-job-cases.js";

const run = promisify(execFile);
const hourMs = 60 * 60 * 1000;

interface Place {
  readonly db: string;
  readonly store: string;
  readonly env: Readonly<Record<string, string>>;
  stop(): Promise<void>;
}

let folder: string;
let document: string;
let elsewhere: Server;
const published: Buffer[] = [];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "waybill-main-job-"));
  await writeFile(join(folder, "pic.png"), pictures.blue);
  document = join(folder, "document.json");
  await writeFile(document, JSON.stringify(await examples()));
  elsewhere = createServer(({ url = "" }, response) => {
    const bytes = published[Number(url.slice(1))] ?? Buffer.alloc(0);
    response.writeHead(200, { "content-length": bytes.length }).end(bytes);
  }).listen(0, "127.0.0.1");
  await once(elsewhere, "listening");
});
afterAll(async () => {
  elsewhere.close();
  await rm(folder, { recursive: true });
});

async function example(name: string): Promise<ReturnType<typeof JSON.parse>> {
  return load(await readFile(join(root, "examples", name), "utf8"));
}

/** The examples in one document, and a resource whose files may be anything. */
async function examples(): Promise<object> {
  const [short, upload] = await Promise.all(["profiles.yaml", "upload.yaml"].map(example));
  const Paper = {
    "x-resource": papers.collection,
    type: "object",
    properties: { name: { type: "string" }, file: { contentMediaType: "*/*" } },
  };
  const schemas = { ...short.components.schemas, Paper };
  return { ...short, paths: upload.paths, components: { schemas } };
}

const combinations: readonly { name: string; start(): Promise<Place> }[] = [
  {
    name: "SQLite and a disk",
    start: async () => ({
      db: join(folder, "waybill.db"),
      store: join(folder, "files"),
      env: {},
      stop: async () => undefined,
    }),
  },
  { name: "Postgres and Ceph", start: () => besidePostgres(startCeph()) },
  { name: "Postgres and Azurite", start: () => besidePostgres(startAzurite()) },
  { name: "Postgres and a fake of Google Cloud Storage", start: () => besidePostgres(startGcs()) },
];

async function besidePostgres(starting: Promise<Ceph | Azurite | Gcs>): Promise<Place> {
  const [postgres, storage] = await Promise.all([startPostgres(), starting]);
  const stop = async (): Promise<void> => {
    await Promise.all([postgres.stop(), storage.stop()]);
  };
  return { db: postgres.url, store: storage.url, env: { ...storage.environment }, stop };
}

async function keysOf(store: Store): Promise<string[]> {
  const keys = [];
  for await (const { key } of store.list()) keys.push(key);
  return keys.sort();
}

/** Those of the rows whose bytes are here. */
async function keysIn(db: Db, table: "blob" | "tombstone"): Promise<string[]> {
  const where = table === "blob" ? " WHERE url IS NULL" : "";
  const found = await db.all<{ key: string }>(`SELECT key FROM ${table}${where}`);
  return found.map(({ key }) => key).sort();
}

async function digestOf(store: Store, key: string): Promise<string> {
  const [hash, blob] = [createHash("sha256"), await store.open(key)];
  for await (const chunk of blob.read()) hash.update(chunk);
  await blob.close();
  return hash.digest("hex");
}

describe.each(combinations)("$name", ({ start }) => {
  let [place, server, job, db, store]: [Place?, ServerProcess?, Job?, Db?, Store?] = [];
  beforeAll(async () => {
    place = await start();
    const { port } = elsewhere.address() as { port: number };
    const files = `http://127.0.0.1:${port}/`;
    const args = ["--host", "127.0.0.1", "--db", place.db, "--store", place.store];
    const urls = ["--allow-urls", files, "--allow-internal-urls", "127.0.0.1"];
    const data = join(folder, "data");
    server = await startServer({ document, data, args: [...args, ...urls], env: place.env });
    Object.assign(process.env, place.env);
    [db, store] = [await openDbBeside(place.db), await openStoreBeside(place.store)];
    const known = async (): Promise<Set<string>> =>
      new Set([...(await keysIn(db!, "blob")), ...(await keysIn(db!, "tombstone"))]);
    job = {
      ...clientOf(server.url),
      url: server.url,
      picture: join(folder, "pic.png"),
      publish: (bytes) => `${files}${published.push(bytes) - 1}`,
      async strangers() {
        const keys = await keysOf(store!); // first: rows come after their bytes, and go before them
        const named = await known();
        return keys.filter((key) => !named.has(key));
      },
    };
  });
  afterAll(async () => {
    await db?.close();
    await server?.stop();
    await place?.stop();
  });

  const sizes = [0, 20_000, 12 * 1024 * 1024];
  const sent = Object.entries(styles).flatMap(([name, style]) =>
    // Of a urlencoded form, an empty field is no file.
    sizes
      .filter((size) => size > 0 || name !== "a urlencoded form")
      .map((size) => ({ name, size, style })),
  );
  it.each(sent)("takes $size octets by $name, and gives them back", async ({ size, style }) => {
    const to = size === 0 ? papers : profiles;
    const bytes = bytesOf(size);
    const { answer, path } = await style(job!, to, bytes);
    expect(answer.status, answer.bytes.toString()).toBeLessThan(300);
    await readBack(job!, to, path, bytes);
    // Some are to be there at the end.
    if (size > 1e6) expect((await job!.send("DELETE", path)).status).toBe(204);
  });

  it.each(Object.entries(styles))("refuses what is no image by %s", async (_, style) => {
    const count = async (): Promise<unknown> =>
      valueOf(await job!.send("GET", `${profiles.collection}?name=Ada`))["count"];
    const before = await count();
    const { answer, path } = await style(job!, profiles, pictures.none);
    expect(answer.status).toBe(400);
    expect(valueOf(answer)).toMatchObject({ errors: [{ code: "not-an-image" }] });
    expect(await job!.strangers()).toEqual([]);
    const wasThere = path.startsWith(profiles.collection);
    if (wasThere) expect((await job!.send("DELETE", path)).status).toBe(204);
    expect(await count()).toBe(before);
  });

  it.each(Object.entries(cases))("%s", (_, work) => work(job!));

  it("holds in the end what the rows name, and nothing else", async () => {
    expect(await server!.stop()).toBe(0);
    expect(server!.logged()).not.toContain('"level":50');
    const { db: rowsAt, store: bytesAt, env } = place!;
    const args = ["prune", "--json", "--db", rowsAt, "--store", bytesAt];
    await run(process.execPath, [`${root}dist/cli/main.js`, ...args], {
      env: { ...process.env, ...env },
    });
    const [named, late] = [await keysIn(db!, "blob"), await keysIn(db!, "tombstone")];
    // Only where somebody may still be reading them.
    if (store!.graceMs === undefined) expect(late).toEqual([]);
    const here = await keysOf(store!);
    // Of what is late, some was never whole, and is none of these.
    expect(here.filter((key) => !late.includes(key))).toEqual(named);
    const clock = { now: () => Date.now() + hourMs + 60_000 };
    const due = { db: db!, store: store!, clock, eventsMs: 30 * 24 * hourMs, dryRun: false };
    const graceMs = store!.graceMs ?? 0;
    for await (const { done } of pruneDue({ ...due, graceMs, goOn: async () => true }))
      expect(done).toBe(true);
    const kept = await db!.all<{ key: string; sha256: string }>("SELECT key, sha256 FROM blob");
    expect(kept.length).toBeGreaterThan(2 * Object.keys(styles).length);
    expect(await keysOf(store!)).toEqual(kept.map(({ key }) => key).sort());
    for (const { key, sha256 } of kept) expect(await digestOf(store!, key)).toBe(sha256);
    const unfinished = [];
    for await (const key of store!.partial?.list() ?? []) unfinished.push(key);
    expect(unfinished).toEqual([]);
  });
});
