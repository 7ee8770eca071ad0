// The commands that look after a data folder, as processes of their own beside a server that is running, on a folder
// with real trouble in it.
import { spawn } from "node:child_process";
import {
  mkdir,
  mkdtemp,
  readFile,
  readdir,
  rename,
  rm,
  stat,
  utimes,
  writeFile,
} from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { createUuid } from "../../src/base/id.js";
import { createSqliteDb } from "../../src/db/sqlite-db.js";
import { pictures } from "./http-scenario.js";
import { root, startServer, type ServerProcess } from "./server-process.js";
import type { Db } from "../../src/db/db.js";

const image = { contentMediaType: "image/*" };
const document = {
  openapi: "3.1.1",
  info: { title: "T", version: "1" },
  components: {
    schemas: {
      Profile: {
        "x-resource": "/profiles",
        type: "object",
        required: ["name"],
        properties: { name: { type: "string" }, pic: image },
      },
      Passport: {
        "x-resource": "/passports",
        type: "object",
        required: ["front"],
        properties: { front: image },
      },
    },
  },
};
const hourMs = 60 * 60 * 1000;

let folder: string;
let data: string;
let server: ServerProcess;
let db: Db;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "waybill-commands-"));
  data = join(folder, "data");
  await writeFile(join(folder, "api.json"), JSON.stringify(document));
  await writeFile(join(folder, "waybill.yaml"), "prune: false\n");
  server = await startServer({
    document: join(folder, "api.json"),
    data,
    args: ["--config", join(folder, "waybill.yaml")],
  });
  db = await createSqliteDb({ path: join(data, "waybill.db") });
});
afterAll(async () => {
  await db.close();
  expect(await server.stop()).toBe(0);
  await rm(folder, { recursive: true });
});
beforeEach(async () => {
  expect(await run("prune")).toMatchObject({ code: 0 });
});

type Line = Record<string, unknown>;

async function run(command: string, ...args: string[]) {
  const child = spawn(
    process.execPath,
    [join(root, "dist/cli/main.js"), command, "--data", data, ...args],
    { stdio: ["ignore", "pipe", "pipe"] },
  );
  const [code, out, err] = await Promise.all([
    new Promise<number | null>((resolve) => child.once("close", resolve)),
    textOf(child.stdout),
    textOf(child.stderr),
  ]);
  const lines = out.split("\n").filter((line) => line !== "");
  return { code, err, lines: lines.map((line) => JSON.parse(line) as Line) };
}

async function textOf(stream: NodeJS.ReadableStream): Promise<string> {
  let text = "";
  for await (const chunk of stream) text += String(chunk);
  return text;
}

async function send(method: string, path: string, body?: Buffer | object): Promise<Line> {
  const isBytes = body instanceof Uint8Array;
  const response = await fetch(server.url + path, {
    method,
    ...(body === undefined ? {} : { body: isBytes ? new Uint8Array(body) : JSON.stringify(body) }),
    headers: { "content-type": isBytes ? "image/png" : "application/json" },
  });
  const text = await response.text();
  expect(response.status, text).toBeLessThan(300);
  const location = response.headers.get("location");
  return { ...(text === "" ? {} : (JSON.parse(text) as Line)), location };
}

/** A profile with a picture, and where its bytes lie. */
async function profile() {
  const pic = `data:image/png;base64,${pictures.red.toString("base64")}`;
  const { id } = await send("POST", "/profiles", { name: "Ada", pic });
  const row = await db.get(
    `SELECT b.id, b.key FROM blob AS b JOIN attachment AS a ON a.blob_id = b.id
    WHERE a.collection = '/profiles' AND a.resource_id = $1`,
    [String(id)],
  );
  const key = String(row?.["key"]);
  return { id: String(id), blob: String(row?.["id"]), key, path: pathOf(key) };
}

const pathOf = (key: string): string => join(data, "files/blobs", key.slice(-2), key);
const isFile = (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    () => false,
  );

/** Bytes without a row, as old as a crash of last week. */
async function stray(ageMs = 7 * 24 * hourMs): Promise<string> {
  const key = createUuid(Date.now() - ageMs);
  await writeFile(pathOf(key), "stray");
  return key;
}

const summary = (lines: readonly Line[]): Line | undefined => lines.at(-1);

describe("prune", () => {
  it("says what would go and why, and then removes just that", async () => {
    const kept = await profile();
    await send("POST", "/uploads", pictures.blue);
    await send("POST", "/passports", {});
    const { upload: token } = await send("POST", "/uploads", pictures.red);
    await db.run(
      "UPDATE upload SET expires_at = 1 WHERE token_digest = (SELECT token_digest FROM upload ORDER BY id LIMIT 1)",
    );
    await db.run("UPDATE resource SET expires_at = 1 WHERE draft = 1");
    const before = await readdir(join(data, "files/blobs"), { recursive: true });
    const dry = await run("prune", "--dry-run");
    expect(dry.code).toBe(0);
    expect(dry.lines.map(({ kind, action }) => `${kind} ${action}`)).toEqual([
      "draft would go",
      "upload would go",
      "summary undefined",
    ]);
    expect(dry.lines[0]).toMatchObject({
      id: "/passports/1",
      reason: "was not completed until 1970-01-01T00:00:00.001Z",
    });
    expect(await readdir(join(data, "files/blobs"), { recursive: true })).toEqual(before);
    const wet = await run("prune");
    expect(wet.lines.map(({ kind, action }) => `${kind} ${action}`)).toEqual([
      "draft removed",
      "upload removed",
      "bytes removed",
      "upload-rows removed",
      "summary undefined",
    ]);
    expect(summary((await run("prune", "-n")).lines)).toMatchObject({ counts: {} });
    expect(await isFile(kept.path)).toBe(true);
    await send("POST", "/profiles", { name: "Grace", pic: { upload: token } });
  });

  it("is one at a time: waits for another that holds the lease", async () => {
    const held = Date.now() + 6000; // longer than it takes to start
    await db.run("UPDATE lease SET holder = 'other', until_at = $1 WHERE name = 'prune'", [held]);
    expect((await run("prune")).code).toBe(0);
    expect(Date.now()).toBeGreaterThanOrEqual(held);
  });
});

describe("reconcile", () => {
  it("puts strays aside, brings them back, and deletes them for good", async () => {
    await Promise.all(Array.from({ length: 12 }, () => profile()));
    const key = await stray();
    const young = await stray(hourMs);
    const dry = await run("reconcile");
    expect(dry.code).toBe(1);
    expect(dry.lines).toEqual([
      expect.objectContaining({ kind: "bytes-without-row", key, action: "left", size: 5 }),
      { kind: "summary", findings: 1, quarantined: 0, dryRun: true },
    ]);
    expect(await isFile(pathOf(key))).toBe(true);
    const wet = await run("reconcile", "--apply");
    expect(wet.code).toBe(0);
    expect(wet.lines[0]).toMatchObject({ key, action: "quarantined" });
    expect([await isFile(pathOf(key)), await isFile(pathOf(young))]).toEqual([false, true]);
    expect((await run("reconcile")).lines).toHaveLength(1);
    expect((await run("reconcile", "--undo")).lines[0]).toMatchObject({ key, action: "restored" });
    expect(await readFile(pathOf(key), "utf8")).toBe("stray");
    await run("reconcile", "--apply");
    expect(summary((await run("reconcile", "--purge")).lines)).toMatchObject({
      deleted: 0,
      kept: 1,
    });
    const purged = await run("reconcile", "--purge", "--min-age-hours", "0.0000001");
    expect(purged.lines[0]).toMatchObject({ key, action: "deleted" });
    expect(await readdir(join(data, "files/quarantine"))).toEqual([]);
    await rm(pathOf(young));
  });

  it("never deletes from quarantine what a row names, but brings it back", async () => {
    const { blob, key, path } = await profile();
    const aside = join(data, "files/quarantine", key);
    const old = new Date(Date.now() - 48 * hourMs);
    await mkdir(join(data, "files/quarantine"), { recursive: true });
    await rename(path, aside);
    await utimes(aside, old, old);
    const told = await run("reconcile");
    expect(told.lines[0]).toMatchObject({ kind: "row-without-bytes", blob });
    expect(told.lines[0]?.["reason"]).toContain("in quarantine: bring them back with --undo");
    const purged = await run("reconcile", "--purge");
    expect(purged).toMatchObject({
      code: 0,
      lines: [
        { key, action: "restored" },
        { deleted: 0, restored: 1, kept: 0 },
      ],
    });
    expect([await isFile(path), await isFile(aside)]).toEqual([true, false]);
  });

  it("tells of rows without bytes, and leaves them", async () => {
    const lost = await profile();
    const bytes = await readFile(lost.path);
    await rm(lost.path);
    const { code, lines } = await run("reconcile", "--apply");
    expect(code).toBe(1);
    expect(lines[0]).toMatchObject({ kind: "row-without-bytes", blob: lost.blob, action: "left" });
    await writeFile(lost.path, bytes);
    expect((await run("reconcile")).code).toBe(0);
  });

  it("refuses what is too much, and an empty store", async () => {
    const keys = await Promise.all(Array.from({ length: 30 }, () => stray()));
    const many = await run("reconcile", "--apply");
    expect(many).toMatchObject({ code: 2, lines: [] });
    expect(many.err).toMatch(
      /^waybill: 30 of \d+ stored files have no row: .* Nothing was changed\.$/m,
    );
    expect(await isFile(pathOf(keys[0] ?? ""))).toBe(true);
    const all = await run("reconcile", "--apply", "--max-percent", "100");
    expect(summary(all.lines)).toMatchObject({ quarantined: 30 });
    await run("reconcile", "--purge", "--min-age-hours", "0.0000001");
    const other = join(folder, "other");
    const copy = await startServer({ document: join(folder, "api.json"), data: other });
    await copy.stop();
    const elsewhere = await createSqliteDb({ path: join(other, "waybill.db") });
    await elsewhere.run(
      "INSERT INTO blob (id, key, size, sha256, media_type, created_at) VALUES ('b', $1, 1, '', '', 0)",
      [createUuid(0)],
    );
    await elsewhere.close();
    const empty = await run("reconcile", "--data", other);
    expect(empty.code).toBe(2);
    expect(empty.err).toContain("The store is empty, but 1 rows name bytes");
  });
});

describe("explain", () => {
  it("says where a file stands, and later when and why it went", async () => {
    const { id, blob } = await profile();
    for (const name of [blob, `${server.url}/profiles/${id}/pic`, `/profiles/${id}/pic`]) {
      const { code, lines } = await run("explain", name);
      expect(code).toBe(0);
      const file = lines.find(({ kind }) => kind === "file");
      expect(file).toMatchObject({
        id: blob,
        exists: true,
        because: `It stands in /profiles/${id} /pic.`,
        events: [{ type: "file.attached", property: "/pic" }],
      });
    }
    await send("DELETE", `/profiles/${id}`);
    const gone = await run("explain", blob);
    expect(gone.lines[0]).toMatchObject({ exists: false, now: { bytes: "deleted" } });
    expect(gone.lines[0]?.["because"]).toMatch(
      /^It is gone: file\.detached \S+Z, resource deleted\.$/,
    );
    const resource = await run("explain", `${server.url}/profiles/${id}`);
    expect(resource.lines[0]).toMatchObject({
      kind: "resource",
      id: `/profiles/${id}`,
      exists: false,
    });
    expect(resource.lines[0]?.["because"]).toMatch(/^It is gone: resource\.deleted \S+Z\.$/);
  });

  it("follows an upload, and knows what it does not know", async () => {
    const { location } = await send("POST", "/uploads", pictures.blue);
    const id = String(location).split("/").at(-1);
    const { lines } = await run("explain", `/uploads/${id}`);
    expect(lines[0]).toMatchObject({ kind: "upload", exists: true, now: { state: "verified" } });
    expect(JSON.stringify(lines)).not.toMatch(/token|digest/);
    await send("DELETE", `/uploads/${id}`);
    const ended = await run("explain", String(id));
    expect(ended.lines[0]).toMatchObject({ exists: false, because: "It has ended: aborted." });
    for (const name of ["/profiles/4711", createUuid(0), "nothing"])
      expect(await run("explain", name)).toMatchObject({ code: 1, lines: [{ kind: "unknown" }] });
  });
});

describe("scrub", () => {
  it("finds a flipped bit, a cut file and a missing one, and goes on where it was", async () => {
    expect(await run("scrub")).toMatchObject({ code: 0, lines: [{ findings: 0, done: true }] });
    const [flipped, cut, missing, good] = [
      await profile(),
      await profile(),
      await profile(),
      await profile(),
    ];
    const bytes = await readFile(flipped.path);
    const wrong = Buffer.from(bytes);
    wrong[40] = (wrong[40] ?? 0) ^ 1;
    await writeFile(flipped.path, wrong);
    await writeFile(cut.path, bytes.subarray(1));
    await rm(missing.path);
    const { code, lines } = await run("scrub");
    expect(code).toBe(1);
    const found = lines.slice(0, -1).map(({ id, kind }) => `${id} ${kind}`);
    const want = [`${flipped.blob} digest`, `${cut.blob} size`, `${missing.blob} missing`];
    expect(found.toSorted()).toEqual(want.toSorted());
    const last = String(summary(lines)?.["last"]);
    expect(summary((await run("scrub", "--from", last)).lines)).toMatchObject({ files: 0 });
    for (const { path } of [flipped, cut, missing, good]) await writeFile(path, bytes);
    const files = Number(summary((await run("scrub")).lines)?.["files"]);
    const startMs = Date.now();
    await run("scrub", "--bytes-per-second", String(files * bytes.length));
    expect(Date.now() - startMs).toBeGreaterThan(900);
  });
});

describe("what cannot be read or deleted", () => {
  it("is told, and stops neither scrub nor prune", async () => {
    const [bad, good] = [await profile(), await profile()];
    const bytes = await readFile(bad.path);
    await rm(bad.path);
    await mkdir(bad.path);
    const scrubbed = await run("scrub");
    expect(scrubbed.code).toBe(1);
    expect(scrubbed.lines).toEqual([
      expect.objectContaining({ id: bad.blob, kind: "unreadable" }),
      expect.objectContaining({ kind: "summary", findings: 1, done: true }),
    ]);
    await db.run("INSERT INTO tombstone (key, created_at) VALUES ($1, 1), ($2, 2)", [
      bad.key,
      createUuid(0),
    ]);
    const pruned = await run("prune");
    expect(pruned.code).toBe(0);
    const told = pruned.lines.filter(({ kind }) => kind === "bytes");
    expect(told.map(({ action }) => action)).toEqual(["left", "removed"]);
    await db.run("DELETE FROM tombstone");
    await rm(bad.path, { recursive: true });
    await writeFile(bad.path, bytes);
    expect(await isFile(good.path)).toBe(true);
  });
});

describe("any of them", () => {
  it.each(["prune", "reconcile", "scrub"])(
    "%s makes no folders in a disk that is not there",
    async (command) => {
      const bare = join(folder, `bare-${command}`);
      await mkdir(join(bare, "files"), { recursive: true });
      const made = await createSqliteDb({ path: join(bare, "waybill.db") });
      await made.run("INSERT INTO tombstone (key, created_at) VALUES ($1, 1)", [createUuid(0)]);
      const { code, err } = await run(command, "--data", bare);
      expect([code, await readdir(join(bare, "files"))]).toEqual([2, []]);
      expect(err).toContain("There is no folder");
      expect(await made.all("SELECT key FROM tombstone")).toHaveLength(1);
      await made.close();
    },
  );

  it.each([
    ["explain"],
    ["prune", "--no-such-flag"],
    ["scrub", "--bytes-per-second", "x"],
    ["reconcile", "--max-percent", "200"],
    ["reconcile", "--min-age-hours", "-1"],
  ])("say 2 of words that are none: %s %s %s", async (command, ...args) => {
    const { code, lines, err } = await run(command, ...args);
    expect({ code, lines }).toEqual({ code: 2, lines: [] });
    expect(err).toMatch(/^error: /);
  });

  it.each([
    [["scrub", "--data", "/nowhere/at/all"], "There is no folder /nowhere/at/all."],
    [["reconcile", "--apply", "--undo"], "Only one of --apply, --undo and --purge"],
    [["prune", "--config", "/nowhere.yaml"], "ENOENT"],
  ])("%j ends with 2 and says why", async ([command = "", ...args], want) => {
    const { code, err } = await run(command, ...args);
    expect(code).toBe(2);
    expect(err).toContain(want);
  });
});
