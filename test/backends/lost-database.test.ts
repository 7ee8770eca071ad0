// A Postgres that goes away in the middle of requests: every one is answered 503 with Retry-After in time, none that was
// acknowledged is lost, uploads go on afterwards, and nothing has to be started again.
import { createHash } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { createPostgresDb } from "../../src/db/postgres-db.js";
import { assembleWaybill, type Waybill } from "../../src/server/create-waybill.js";
import { createDiskStore } from "../../src/store/disk-store.js";
import { startPostgres, type PostgresServer } from "../servers/postgres.js";
import { anyFileDocument as document } from "./any-file-document.js";

let server: PostgresServer;
let folder: string;
let waybill: Waybill;
beforeAll(async () => {
  server = await startPostgres();
  folder = await mkdtemp(join(tmpdir(), "waybill-lost-"));
  const url = `${server.url}?statementTimeoutMs=2000&connectTimeoutMs=2000`;
  const db = await createPostgresDb({ url });
  const store = await createDiskStore({ folder });
  const data = { db, store, close: () => db.close() };
  waybill = await assembleWaybill({ document, prune: false, metrics: true }, data);
});
afterAll(async () => {
  await waybill.close();
  await server.stop();
  await rm(folder, { recursive: true });
});

interface Answer {
  readonly status: number;
  readonly location: string;
  readonly retryAfter: string | null;
  readonly offset: string | null;
  readonly body: Buffer;
}

async function send(
  method: string,
  path: string,
  body?: string | Uint8Array,
  headers: Record<string, string> = {},
): Promise<Answer> {
  const init = { method, headers, ...(body === undefined ? {} : { body: Buffer.from(body) }) };
  const response = await waybill.fetch(new Request(new URL(path, "http://api.test"), init));
  return {
    status: response.status,
    location: response.headers.get("location") ?? "",
    retryAfter: response.headers.get("retry-after"),
    offset: response.headers.get("upload-offset"),
    body: Buffer.from(await response.arrayBuffer()),
  };
}

const json = { "content-type": "application/json" };

function create(n: number): Promise<Answer> {
  const value = { name: `n${n}`, any: Buffer.from(`file ${n}`).toString("base64") };
  return send("POST", "/profiles", JSON.stringify(value), json);
}

/** Creates until `over`; every answer is one of the two. */
async function load(over: () => boolean, kept: Map<string, number>): Promise<number> {
  let refused = 0;
  let n = 0;
  const one = async (): Promise<void> => {
    while (!over()) {
      const mine = ++n;
      const answer = await create(mine);
      if (answer.status === 201) kept.set(answer.location, mine);
      else {
        expect([answer.status, answer.retryAfter]).toEqual([503, "5"]);
        refused++;
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    }
  };
  await Promise.all(Array.from({ length: 12 }, one));
  return refused;
}

/** What was acknowledged is there, and what is there is whole. */
async function check(kept: ReadonlyMap<string, number>): Promise<void> {
  for (const [location, n] of kept) {
    const file = await send("GET", `${location}/any`);
    expect([location, file.status, String(file.body)]).toEqual([location, 200, `file ${n}`]);
  }
  for (let offset = 0; ; offset += 100) {
    const { body } = await send("GET", `/profiles?limit=100&offset=${offset}`);
    const page = JSON.parse(String(body)) as Profile[] | { results: Profile[] };
    const list = Array.isArray(page) ? page : page.results;
    for (const { name, any } of list) {
      const file = await send("GET", any.url);
      expect([name, file.status]).toEqual([name, 200]);
      expect(createHash("sha256").update(file.body).digest("hex")).toBe(any.sha256);
    }
    if (list.length < 100) return;
  }
}

interface Profile {
  readonly name: string;
  readonly any: { readonly sha256: string; readonly url: string };
}

const ends = [
  { how: "stopped by its administrator", end: "shutdown" },
  { how: "crashed", end: "crash" },
] as const;

it.each(ends)("$how", async ({ end }) => {
  const tus = { "tus-resumable": "1.0.0" };
  const patch = { ...tus, "content-type": "application/offset+octet-stream" };
  const begun = await send("POST", "/uploads", undefined, { ...tus, "upload-length": "6" });
  const first = await send("PATCH", begun.location, "abc", { ...patch, "upload-offset": "0" });
  expect([first.status, first.offset]).toEqual([204, "3"]);

  const kept = new Map<string, number>();
  let isOver = false;
  const loading = load(() => isOver, kept);
  await expect.poll(() => kept.size, { timeout: 60_000 }).toBeGreaterThan(30);
  await server.kill(end);
  for (const path of ["/profiles", "/profiles/1", "/profiles/1/any"])
    expect(await send("GET", path)).toMatchObject({ status: 503, retryAfter: "5" });
  const lost = await send("PATCH", begun.location, "def", { ...patch, "upload-offset": "3" });
  expect(lost).toMatchObject({ status: 503, retryAfter: "5" });
  await expect(waybill.ready()).rejects.toThrow();
  await server.start();
  const size = kept.size;
  await expect.poll(() => kept.size, { timeout: 60_000 }).toBeGreaterThan(size + 20);
  isOver = true;
  expect(await loading).toBeGreaterThan(0);

  await check(kept);
  const head = await send("HEAD", begun.location, undefined, tus);
  expect([head.status, head.offset]).toEqual([200, "3"]);
  const rest = await send("PATCH", begun.location, "def", { ...patch, "upload-offset": "3" });
  expect([rest.status, rest.offset]).toEqual([204, "6"]);
});

it("frozen: it is not waited for without an end", async () => {
  const kept = new Map<string, number>();
  let isOver = false;
  const loading = load(() => isOver, kept);
  await expect.poll(() => kept.size, { timeout: 60_000 }).toBeGreaterThan(10);
  server.freeze();
  isOver = true;
  // Whatever is under way is given up.
  const refused = await loading;
  expect(await send("GET", "/profiles/1")).toMatchObject({ status: 503, retryAfter: "5" });
  server.thaw();
  expect(refused).toBeGreaterThan(0);
  await expect.poll(() => create(1).then(({ status }) => status), { timeout: 60_000 }).toBe(201);
  await check(kept);
});

it("says at /metrics how many connections are used, and who waits for one", async () => {
  const { body } = await send("GET", "/metrics");
  for (const use of ["writing", "reading", "numbering"]) {
    const line = (state: string): string => `waybill_db_connections{use="${use}",state="${state}"}`;
    expect(body.toString()).toContain(`${line("used")} 0`);
    expect(body.toString()).toContain(`${line("waiting")} 0`);
  }
});
