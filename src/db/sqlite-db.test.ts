import { readdirSync, readlinkSync } from "node:fs";
import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { WaybillError } from "../base/fault.js";
import type { Db, SqlValue } from "./db.js";
import { openSqlite } from "./sqlite-connection.js";
import { createSqliteDb } from "./sqlite-db.js";
import { resources } from "./resources.js";
import { indexProperties } from "./property-index.js";
import { testDb } from "./test-db.js";
import { uploads } from "./uploads.js";

let root: string;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "waybill-db-"));
});
afterAll(() => rm(root, { recursive: true, force: true }));

async function makeFile() {
  const folder = await mkdtemp(join(root, "d-"));
  const path = join(folder, "waybill.db");
  const db = await createSqliteDb({ path });
  return { path, db, reopen: () => createSqliteDb({ path }), dispose: () => db.close() };
}

/** Where the system tells. */
function openFiles(folder: string): string[] {
  if (process.platform !== "linux") return [];
  return readdirSync("/proc/self/fd").flatMap((fd) => {
    try {
      const path = readlinkSync(`/proc/self/fd/${fd}`);
      return path.startsWith(folder) ? [path] : [];
    } catch {
      return []; // closed meanwhile
    }
  });
}

function collectGarbage(): void {
  setFlagsFromString("--expose-gc");
  runInNewContext("gc()");
}

async function makeMemory() {
  const db = await createSqliteDb({ path: ":memory:" });
  return { db, dispose: () => db.close() };
}

for (const { name, run } of testDb("sqlite file", makeFile)) it(name, run);
for (const { name, run } of testDb("sqlite memory", makeMemory)) it(name, run);

describe("sqlite", () => {
  it("shares one commit among those who wait together", async () => {
    const { path, db } = await makeFile();
    const other = openSqlite(path, []);
    const version = () => other.all("PRAGMA data_version")[0]?.["data_version"];
    const seen = new Set([version()]);
    const one = (i: number) =>
      db.transaction((sql) =>
        sql.run("INSERT INTO tombstone (key, created_at) VALUES ($1, 0)", [String(i)]),
      );
    await Promise.all(
      Array.from({ length: 100 }, (_, i) => one(i).then(() => seen.add(version()))),
    );
    expect(seen.size).toBe(2);
    other.close();
    await db.close();
  });

  it("rejects a whole batch whose transaction SQLite has given up, and goes on", async () => {
    const { db } = await makeFile();
    const insert = (key: string) =>
      db.run("INSERT INTO tombstone (key, created_at) VALUES ($1, 0)", [key]);
    const settled = await Promise.allSettled([
      insert("a"),
      db.transaction(async (sql) => {
        await sql.run("ROLLBACK"); // as SQLite may do by itself on a full disk
        throw new Error("full");
      }),
    ]);
    expect(settled.map((each) => each.status === "rejected" && each.reason.message)).toEqual([
      "full",
      "full",
    ]);
    await insert("b");
    expect(await db.all("SELECT key FROM tombstone")).toEqual([{ key: "b" }]);
    await db.close();
  });

  it("keeps whole numbers whole in a column of text", async () => {
    const { db } = await makeFile();
    await db.run("INSERT INTO tombstone (key, created_at) VALUES ($1, 0)", [5]);
    expect(await db.all("SELECT key FROM tombstone")).toEqual([{ key: "5" }]);
    await db.close();
  });

  it("is in the safest mode", async () => {
    const { db } = await makeFile();
    const pragma = (name: string) =>
      db.transaction(async (sql) => Object.values((await sql.get(`PRAGMA ${name}`)) ?? {})[0]);
    expect(await pragma("journal_mode")).toBe("wal");
    expect(await pragma("synchronous")).toBe(2);
    expect(await pragma("foreign_keys")).toBe(1);
    await db.close();
  });

  it("does not write outside a transaction through a read", async () => {
    const { db } = await makeFile();
    await expect(db.all("DELETE FROM blob RETURNING id")).rejects.toMatchObject({
      code: "unavailable",
    });
    await db.close();
  });

  it("leaves a short journal on close, and closes twice", async () => {
    const { path, db } = await makeFile();
    await db.run("INSERT INTO tombstone (key, created_at) VALUES ('a', 0)");
    await db.close();
    await db.close();
    const names = await readdir(join(path, ".."));
    expect(names).toContain("waybill.db");
    const again = await createSqliteDb({ path });
    expect(await again.all("SELECT key FROM tombstone")).toEqual([{ key: "a" }]);
    await again.close();
  });

  it("refuses a boolean, of which the driver would die", () => {
    const connection = openSqlite(":memory:", []);
    const value: unknown = true;
    expect(() => connection.all("SELECT $1", [value as number])).toThrow();
  });

  it("finds by an index what it has been told to index", async () => {
    const { db } = await makeFile();
    await db.transaction((sql) => indexProperties(sql, ["name", 'with"quote']));
    const spied: string[] = [];
    const spy = { ...db, all: async (text: string) => (spied.push(text), []) };
    const order = [{ property: "name", descending: true }];
    const filters = [{ property: "name", op: "eq", value: "x" }] as const;
    const page = { collection: "c", limit: 1, offset: 0 };
    await resources.list(spy, { ...page, filters, order: [] });
    await resources.list(spy, { ...page, filters: [], order });
    for (const text of spied) {
      const plan = JSON.stringify(await db.all(`EXPLAIN QUERY PLAN ${text}`, ["c", 1, 1, 1]));
      expect(plan).toContain("USING INDEX property_");
      expect(plan).not.toContain("TEMP B-TREE");
    }
    await db.close();
  });

  it("finds few by their own index, whatever they are ordered by, in a collection that has grown", async () => {
    const { db } = await makeFile();
    const gather = () => db.transaction((sql) => indexProperties(sql, ["name", "city", "ok"]));
    await gather();
    const spied: { text: string; params: readonly SqlValue[] }[] = [];
    const all: Db["all"] = async (text, params = []) => (spied.push({ text, params }), []);
    const page = { collection: "c", limit: 50, offset: 0, order: [] };
    const order = [{ property: "name", descending: false }];
    const few = { property: "city", op: "eq", value: "7" } as const;
    const one = { property: "ok", op: "eq", value: true } as const;
    await resources.list({ ...db, all }, { ...page, filters: [few], order });
    await resources.count(
      { ...db, get: async (...of) => (await all(...of))[0] as never },
      { ...page, filters: [one] },
    );
    // A text of its own each time: what explains is not prepared again when the statistics have changed.
    const plans = (when: string) =>
      Promise.all(
        spied.map(async ({ text, params }) => {
          await db.all(text, params);
          return JSON.stringify(await db.all(`EXPLAIN QUERY PLAN ${text} -- ${when}`, params));
        }),
      );
    await plans("while there are none");
    await db.transaction(async (sql) => {
      for (let seq = 1; seq <= 2000; seq++) {
        const document = { name: String(seq * 7), city: String(seq % 200), ok: seq % 200 === 0 };
        const row = { collection: "c", id: String(seq), seq, document, draft: false };
        await resources.insert(sql, { ...row, createdAt: 1, updatedAt: 1 });
      }
    });
    await gather();
    for (const plan of await plans("now"))
      expect(plan).toMatch(/\(collection=\? AND draft=\? AND <expr>=\?\)/);
    await db.close();
  });

  it("finds uploads that are due without reading those that have ended", async () => {
    const { db } = await makeFile();
    const spied: string[] = [];
    const spy = { ...db, all: async (text: string) => (spied.push(text), []) };
    await uploads.overdue(spy, { nowMs: 1, limit: 1 });
    await uploads.unverified(spy, 1);
    for (const text of spied) {
      const plan = JSON.stringify(await db.all(`EXPLAIN QUERY PLAN ${text}`, [1, 1, 1]));
      expect(plan).toContain("INDEX upload_due");
      expect(plan).not.toContain("TEMP B-TREE");
    }
    await db.close();
  });

  it("finds what is under a name by the key", async () => {
    const { db } = await makeFile();
    const spied: string[] = [];
    await resources.under({ ...db, all: async (text: string) => (spied.push(text), []) }, "/a");
    const plan = JSON.stringify(await db.all(`EXPLAIN QUERY PLAN ${spied[0]}`, ["/a/", "/a0"]));
    expect(plan).toMatch(/SEARCH resource USING INDEX \w+ \(collection>\? AND collection<\?\)/);
    await db.close();
  });

  const broken = [
    { given: "a missing folder", path: "none/x.db", want: "The database file cannot be opened." },
    { given: "a text file", path: "text.db", want: "The database file is not a database." },
    {
      given: "a later version",
      path: "later.db",
      want: "The database was written by a later version of Waybill.",
    },
  ];
  it.each(broken)("says clearly what is wrong with $given", async ({ path, want }) => {
    await writeFile(join(root, "text.db"), "This is not a database. ".repeat(500));
    await rm(join(root, "later.db"), { force: true });
    const later = await createSqliteDb({ path: join(root, "later.db") });
    await later.run("INSERT INTO schema_version VALUES (99)");
    await later.close();
    await expect(createSqliteDb({ path: join(root, path) })).rejects.toMatchObject({
      code: "unavailable",
      message: want,
    });
  });

  it("makes no tables where it may not, and leaves nothing open", async () => {
    const folder = await mkdtemp(join(root, "d-"));
    const path = join(folder, "waybill.db");
    const asked: string[] = [];
    const beforeTables = async (): Promise<void> => {
      asked.push("refused");
      throw new WaybillError({ code: "unavailable", detail: "No." });
    };
    // Twice: what was refused once must not look like a database afterwards.
    for (let i = 0; i < 2; i++)
      await expect(createSqliteDb({ path, beforeTables })).rejects.toThrow("No.");
    collectGarbage(); // the driver closes a file when nothing holds its connection any more
    await expect.poll(() => openFiles(folder)).toEqual([]);
    await (await createSqliteDb({ path })).close();
    await (await createSqliteDb({ path, beforeTables })).close();
    expect(asked).toEqual(["refused", "refused"]);
  });

  it("says that another process has the database, and works again after", async () => {
    const { path, db } = await makeFile();
    await db.run("PRAGMA busy_timeout = 20");
    const other = openSqlite(path, []);
    other.run("BEGIN IMMEDIATE");
    const insert = () => db.run("INSERT INTO tombstone (key, created_at) VALUES ('a', 0)");
    const both = await Promise.allSettled([insert(), insert()]);
    expect(both.map((each) => each.status)).toEqual(["rejected", "rejected"]);
    await expect(insert()).rejects.toMatchObject({
      code: "unavailable",
      message: "Another process is using the database.",
    });
    other.run("ROLLBACK");
    await insert();
    other.close();
    await db.close();
  });

  it("a full disk rejects the whole batch, and only it", async () => {
    const { db } = await makeFile();
    const { page_count: pages } = (await db.get("PRAGMA page_count")) ?? {};
    await db.run(`PRAGMA max_page_count = ${Number(pages) + 20}`);
    const insert = (size: number, key: string) =>
      db.transaction((sql) =>
        sql.run("INSERT INTO tombstone (key, created_at) VALUES ($1, 0)", [key.padEnd(size, "x")]),
      );
    const settled = await Promise.allSettled([insert(10, "a"), insert(1e6, "b"), insert(10, "c")]);
    expect(settled[1]).toMatchObject({ reason: { code: "insufficient-storage" } });
    const kept = (await db.all("SELECT key FROM tombstone")).length;
    expect(kept).toBe(settled.filter(({ status }) => status === "fulfilled").length);
    await insert(10, "d");
    await db.close();
  });
});
