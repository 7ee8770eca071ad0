// From the SQLite of a folder to Postgres by the command: everything goes on as it was, and what is refused leaves nothing.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { migrateDbCommand } from "../../src/cli/migrate-db.js";
import { tables } from "../../src/db/copy-db.js";
import { createPostgresDb } from "../../src/db/postgres-db.js";
import { createSqliteDb } from "../../src/db/sqlite-db.js";
import { assembleWaybill, createWaybill, type Waybill } from "../../src/server/create-waybill.js";
import { createDiskStore } from "../../src/store/disk-store.js";
import { startPostgres, type PostgresServer } from "../servers/postgres.js";
import { anyFileDocument as document } from "./any-file-document.js";

let server: PostgresServer;
let folder: string;
beforeAll(async () => {
  server = await startPostgres(["fsync=off"]);
  folder = await mkdtemp(join(tmpdir(), "waybill-migrate-"));
});
afterAll(async () => {
  await server.stop();
  await rm(folder, { recursive: true });
});
afterEach(() => {
  process.exitCode = 0;
});

async function send(
  waybill: Waybill,
  method: string,
  path: string,
  body?: string,
  headers: Record<string, string> = {},
) {
  const type: Record<string, string> = body?.startsWith("{")
    ? { "content-type": "application/json" }
    : {};
  const init = {
    method,
    headers: { ...type, ...headers },
    ...(body === undefined ? {} : { body }),
  };
  const response = await waybill.fetch(new Request(`http://api.test${path}`, init));
  const text = await response.text();
  return { status: response.status, headers: response.headers, text };
}

async function migrate(from: string, to: string) {
  const lines: string[] = [];
  const out = vi.spyOn(process.stdout, "write").mockImplementation((line) => {
    lines.push(String(line));
    return true;
  });
  const errors = vi.spyOn(process.stderr, "write").mockImplementation((line) => {
    lines.push(String(line));
    return true;
  });
  const said = vi
    .spyOn(console, "error")
    .mockImplementation((line) => void lines.push(String(line)));
  try {
    await migrateDbCommand().parseAsync(["--from", from, "--to", to, "--json"], { from: "user" });
  } finally {
    for (const spy of [out, errors, said]) spy.mockRestore();
  }
  return { code: process.exitCode, text: lines.join("") };
}

const tus = { "tus-resumable": "1.0.0" };

describe("waybill migrate-db", () => {
  it("takes everything along, and ids go on", async () => {
    const data = join(folder, "whole");
    const before = await createWaybill({ document, data, prune: false });
    for (const [i, name] of ["a", "b", "\\0", "ä"].entries()) {
      const key = { "idempotency-key": `k${i}` };
      const body = JSON.stringify({ name, any: Buffer.from(`file ${i}`).toString("base64") });
      expect((await send(before, "POST", "/profiles", body, key)).status).toBe(201);
    }
    await send(before, "DELETE", "/profiles/4");
    const begun = await send(before, "POST", "/uploads", undefined, {
      ...tus,
      "upload-length": "6",
    });
    const upload = new URL(begun.headers.get("location") ?? "", "http://api.test").pathname;
    const patch = { ...tus, "content-type": "application/offset+octet-stream" };
    await send(before, "PATCH", upload, "abc", { ...patch, "upload-offset": "0" });
    const listed = (await send(before, "GET", "/profiles")).text;

    const url = await server.createDatabase();
    const held = await migrate(data, url);
    expect(held).toMatchObject({ code: 2, text: expect.stringContaining("in use by another") });
    await before.close();

    const { code, text } = await migrate(data, url);
    expect(text).toContain('{"kind":"summary"');
    expect(code).toBe(0);
    const told = text
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(told.find(({ table }) => table === "resource")).toMatchObject({ rows: 3 });
    expect(told.at(-1)).toMatchObject({ kind: "summary", done: true });

    const db = await createPostgresDb({ url });
    const store = await createDiskStore({ folder: join(data, "files") });
    const after = await assembleWaybill(
      { document, prune: false },
      { db, store, close: () => db.close() },
    );
    expect((await send(after, "GET", "/profiles")).text).toBe(listed);
    expect((await send(after, "GET", "/profiles/2/any")).text).toBe("file 1");
    const again = JSON.stringify({ name: "b", any: Buffer.from("file 1").toString("base64") });
    const repeated = await send(after, "POST", "/profiles", again, { "idempotency-key": "k1" });
    expect(repeated.headers.get("location")).toMatch(/\/profiles\/2$/);
    const next = await send(after, "POST", "/profiles", '{"name":"next"}');
    expect(next.headers.get("location")).toMatch(/\/profiles\/5$/);
    const rest = await send(after, "PATCH", upload, "def", { ...patch, "upload-offset": "3" });
    expect([rest.status, rest.headers.get("upload-offset")]).toEqual([204, "6"]);
    await after.close();

    const full = await migrate(data, url);
    expect(full).toMatchObject({ code: 2, text: expect.stringContaining("has rows already") });
  });

  it("leaves nothing when it is broken off", async () => {
    const data = join(folder, "broken");
    const before = await createWaybill({ document, data, prune: false });
    for (let i = 0; i < 3; i++) await send(before, "POST", "/profiles", '{"name":"a"}');
    await before.close();
    const url = await server.createDatabase();
    const db = await createPostgresDb({ url });
    // The last table but one refuses its rows.
    await db.run("ALTER TABLE event ADD CONSTRAINT none CHECK (type = 'none')");
    expect((await migrate(data, url)).code).toBe(2);
    for (const { name } of tables) expect(await db.all(`SELECT 1 FROM ${name}`)).toEqual([]);
    await db.run("ALTER TABLE event DROP CONSTRAINT none");
    expect((await migrate(data, url)).code).toBe(0);
    await db.close();
  });

  it("knows every table", async () => {
    const db = await createSqliteDb({ path: ":memory:" });
    const rows = await db.all<{ name: string }>(
      "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'",
    );
    const names = tables.map(({ name }) => name);
    expect(rows.map(({ name }) => name).sort()).toEqual([...names, "schema_version"].sort());
    await db.close();
  });

  const wrong = [
    { given: "no folder", from: "none", to: "postgres://h/d", want: "There is no none" },
    { given: "no Postgres", from: ".", to: "s3://b", want: "--to must be the URL of a Postgres" },
    {
      given: "a URL to read",
      from: "postgres://h/d",
      to: "postgres://h/e",
      want: "--from must be",
    },
  ];
  it.each(wrong)("refuses $given", async ({ from, to, want }) => {
    expect(await migrate(from, to)).toMatchObject({ code: 2, text: expect.stringContaining(want) });
  });
});
