// The contract of databases on a real Postgres, and what is its own: other locales, indexes, limits, retries.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Client } from "pg";
import { createDeferred } from "../../src/base/deferred.js";
import { alterBeside, alterTables } from "../../src/db/alter-tables.js";
import { attachments } from "../../src/db/attachments.js";
import { blobs } from "../../src/db/blobs.js";
import { createPostgresDb, openPostgresDb } from "../../src/db/postgres-db.js";
import { indexProperties } from "../../src/db/property-index.js";
import { resources } from "../../src/db/resources.js";
import { testDb } from "../../src/db/test-db.js";
import { blob, name, row } from "../../src/db/test-rows.js";
import type { Db } from "../../src/db/db.js";
import { startPostgres, type PostgresServer } from "../servers/postgres.js";

let server: PostgresServer;
beforeAll(async () => {
  server = await startPostgres(["fsync=off"]); // a database for each case, and no power fails here
});
afterAll(() => server.stop());

const opened: Db[] = [];
async function make(options?: string) {
  const url = await server.createDatabase(options);
  const db = await createPostgresDb({ url });
  opened.push(db);
  return { url, db, reopen: () => createPostgresDb({ url }), dispose: () => db.close() };
}
afterAll(() => Promise.all(opened.map((db) => db.close())));

const refuse = (): Promise<void> => Promise.reject(new Error("No."));

const swedish = "TEMPLATE template0 LOCALE_PROVIDER icu ICU_LOCALE 'sv'";
const locales = [
  { locale: "C.UTF-8", options: undefined },
  { locale: "Swedish by ICU", options: swedish },
];
describe.each(locales)("postgres, $locale", ({ options }) => {
  for (const { name, run } of testDb("postgres", () => make(options))) it(name, run);
});

describe("what is Postgres' own", () => {
  it("text with U+0000 is found and comes back, in the order of its octets", async () => {
    const { db } = await make(swedish);
    const texts = ["\0", "a\0b", "a\u0001b", "\u0001\u0001", "a", "ab", "ä", "z"];
    await db.transaction(async (sql) => {
      for (const [i, filename] of texts.entries()) await blobs.insert(sql, blob(i, { filename }));
      for (const [i, v] of texts.entries()) await resources.insert(sql, row(v, i, { v }));
    });
    for (const [i, filename] of texts.entries()) {
      expect((await blobs.get(db, `b${i}`))?.reference.filename).toBe(filename);
      expect((await resources.get(db, name(filename)))?.seq).toBe(i);
      const filters = [{ property: "v", op: "eq", value: filename }] as const;
      const list = { collection: "c", filters, order: [], limit: 9, offset: 0 };
      expect((await resources.list(db, list)).map(({ seq }) => seq)).toEqual([i]);
    }
    const rows = await db.all<{ filename: string }>("SELECT filename FROM blob ORDER BY filename");
    expect(rows.map(({ filename }) => filename)).toEqual(texts.toSorted());
  });

  it("finds and orders by an index what it has been told to index", async () => {
    const { db } = await make();
    await alterBeside(db, (sql) => indexProperties(sql, ["name", 'with"quote']));
    await alterBeside(db, (sql) => indexProperties(sql, ["name"]));
    await db.run(
      `INSERT INTO resource (collection, id, seq, document, version, draft, created_at, updated_at)
      SELECT 'c', i::text, i, '{"name":"n' || (i % 5000) || '"}', 1, 0, 0, 0 FROM generate_series(1, 20000) AS i`,
    );
    await alterTables(db, (sql) => sql.run("ANALYZE resource"));
    const asked: { text: string; params: readonly unknown[] }[] = [];
    const spy = {
      ...db,
      all: async (text: string, params = []) => (asked.push({ text, params }), []),
    };
    const page = { collection: "c", limit: 20, offset: 0 };
    for (const value of ["n7", 7, null] as const)
      await resources.list(spy as never, {
        ...page,
        order: [],
        filters: [{ property: "name", op: "eq", value }],
      });
    for (const descending of [true, false])
      await resources.list(spy as never, {
        ...page,
        filters: [],
        order: [{ property: "name", descending }],
      });
    for (const { text, params } of asked) {
      const rows = await db.all(`EXPLAIN ${text}`, params as never);
      const plan = rows.map((each) => String(each["QUERY PLAN"])).join("\n");
      expect(plan).toMatch(/Index Scan( Backward)? using property_/);
      expect(plan).not.toContain("Sort");
    }
  });

  it("makes an index while others write, and again where it was cut short", async () => {
    const { url, db } = await make();
    await db.transaction((sql) => resources.insert(sql, row("a", 1, { v: 1 })));
    const other = new Client(url);
    await other.connect();
    await other.query("BEGIN; UPDATE resource SET version = 2");
    const made = alterBeside(db, (sql) => indexProperties(sql, ["v"]));
    const indexed =
      "SELECT indisvalid FROM pg_index WHERE indexrelid::regclass::text ~ '^property_'";
    await expect.poll(async () => (await db.all(indexed)).length).toBe(1);
    expect(await db.get(indexed)).toEqual({ indisvalid: 0 });
    await db.transaction((sql) => resources.insert(sql, row("b", 2, { v: 2 })));
    await other.query("COMMIT");
    await made;
    expect(await db.get(indexed)).toEqual({ indisvalid: 1 });
    await other.query(
      indexed.replace("SELECT indisvalid FROM pg_index", "UPDATE pg_index SET indisvalid = false"),
    );
    await other.end();
    await alterBeside(db, (sql) => indexProperties(sql, ["v"]));
    expect(await db.all(indexed)).toEqual([{ indisvalid: 1 }]);
  });

  it("says how many connections it has, and who waits for one", async () => {
    const url = await server.createDatabase();
    const db = await createPostgresDb({ url: `${url}?pool=3` });
    const read = db.all("SELECT pg_sleep(0.5)");
    const waits = db.all("SELECT 1");
    await expect
      .poll(() => db.connections?.()["reading"])
      .toEqual({ open: 1, used: 1, waiting: 1 });
    await Promise.all([read, waits]);
    expect(db.connections?.()["reading"]).toEqual({ open: 1, used: 0, waiting: 0 });
    await db.close();
  });

  it("makes its tables once, though many start at the same time", async () => {
    const url = await server.createDatabase();
    const all = await Promise.all(Array.from({ length: 5 }, () => createPostgresDb({ url })));
    const [one] = all;
    const rows = await one?.all("SELECT version FROM schema_version");
    expect(new Set(rows?.map(({ version }) => version)).size).toBe(rows?.length);
    await Promise.all(all.map((db) => alterBeside(db, (sql) => indexProperties(sql, ["x"]))));
    await Promise.all(all.map((db) => db.close()));
  });

  it("alters tables for as long as it takes, and is not waited for when it has stopped", async () => {
    const { db } = await make();
    const setting = (name: string) =>
      alterTables(db, (sql) => sql.get("SELECT current_setting($1) AS is", [name]));
    expect(await setting("statement_timeout")).toEqual({ is: "1d" });
    expect(await setting("idle_in_transaction_session_timeout")).toEqual({ is: "1min" });
  });

  it("makes no tables where it may not, and opens none that are not there", async () => {
    const url = await server.createDatabase();
    await expect(createPostgresDb({ url, beforeTables: refuse })).rejects.toThrow("No.");
    await expect(openPostgresDb(url)).rejects.toMatchObject({ code: "unavailable" });
    const client = new Client(url);
    await client.connect();
    const { rows } = await client.query("SELECT 1 FROM pg_tables WHERE schemaname = 'public'");
    await client.end();
    expect(rows).toEqual([]);
    await (await createPostgresDb({ url })).close();
    await (await openPostgresDb(url)).close();
  });

  it("holds nobody up for long when it has stopped in the middle", async () => {
    const url = await server.createDatabase();
    const db = await createPostgresDb({ url: `${url}?statementTimeoutMs=500` });
    await db.run("INSERT INTO tombstone (key, created_at) VALUES ('a', 0)");
    const stopped = new Client(url);
    await stopped.connect();
    await stopped.query("BEGIN; UPDATE tombstone SET created_at = 1");
    const change = (): Promise<number> => db.run("UPDATE tombstone SET created_at = 2");
    await expect(change()).rejects.toMatchObject({ code: "unavailable" });
    await expect(db.all("SELECT pg_sleep(9)")).rejects.toMatchObject({ code: "unavailable" });
    await stopped.query("ROLLBACK");
    expect(await change()).toBe(1);
    // One of its own that does not go on loses its transaction.
    const paused = db.transaction(async (sql) => {
      await sql.run("UPDATE tombstone SET created_at = 3");
      await new Promise((resolve) => setTimeout(resolve, 1500));
      await sql.run("UPDATE tombstone SET created_at = 4");
    });
    await expect(paused).rejects.toMatchObject({ code: "unavailable" });
    expect(await db.all("SELECT created_at FROM tombstone")).toEqual([{ created_at: 2 }]);
    await stopped.end();
    await db.close();
  });

  it("reads on connections that cannot write", async () => {
    const { db } = await make();
    await expect(db.all("DELETE FROM blob RETURNING id")).rejects.toMatchObject({
      code: "unavailable",
    });
  });

  const urls = [
    { given: "?pool=2", want: /pool is a whole number from 3 to 1000/ },
    { given: "?size=2", want: /size is nothing that the URL .* connectTimeoutMs, .* pool, / },
    { given: "?statementTimeoutMs=1e3", want: /statementTimeoutMs is a whole number/ },
  ];
  it.each(urls)("says what is wrong with $given", async ({ given, want }) => {
    await expect(createPostgresDb({ url: server.url + given })).rejects.toThrow(want);
  });

  it("writes nothing while the database is said to be read-only", async () => {
    const { url } = await make();
    const say = async (value: string): Promise<void> => {
      const client = new Client({ connectionString: url });
      await client.connect();
      await client.query("SET default_transaction_read_only = off");
      const database = new URL(url).pathname.slice(1);
      await client.query(`ALTER DATABASE ${database} SET default_transaction_read_only = ${value}`);
      await client.end();
    };
    await say("on");
    const db = await openPostgresDb(url);
    const put = () => db.transaction((sql) => resources.insert(sql, row("1", 1, {})));
    await expect(put()).rejects.toThrow("The database may not be written.");
    await expect(alterTables(db, refuse)).rejects.toThrow("The database may not be written.");
    expect(await resources.get(db, name("1"))).toBe(undefined);
    await say("off");
    await put();
    await db.close();
  });

  it("writes in transactions that say so, and in nothing else", async () => {
    const { db } = await make();
    const found = await db.transaction((sql) =>
      sql.get(`SELECT current_setting('transaction_read_only') AS within,
        current_setting('default_transaction_read_only') AS without`),
    );
    expect(found).toEqual({ within: "off", without: "on" });
  });

  it("does not run creates with files again, though each is begun after another", async () => {
    const { db } = await make();
    let runs = 0;
    const create = (n: number, written: () => void, may: Promise<void>): Promise<void> =>
      db.transaction(async (sql) => {
        runs++;
        await resources.insert(sql, row(`r${n}`, n, {}));
        await blobs.insert(sql, blob(n));
        const place = { collection: "c", resourceId: `r${n}`, property: "/pic", position: 0 };
        await attachments.attach(sql, { ...place, blobId: `b${n}`, createdAt: 0 });
        written();
        await may;
      });
    const go = createDeferred<void>();
    const first: Promise<void>[] = [];
    for (const n of [1, 2]) {
      await new Promise<void>((written) => first.push(create(n, written, go.promise)));
    }
    await create(3, () => undefined, Promise.resolve());
    go.resolve();
    await Promise.all(first);
    expect(runs).toBe(3);
  });

  it("tells rights that are missing from tables that are", async () => {
    const url = new URL(await server.createDatabase());
    const client = new Client(url.href);
    await client.connect();
    await client.query("CREATE ROLE stranger LOGIN");
    await client.end();
    url.username = "stranger";
    const open = (): Promise<Db> => openPostgresDb(url.href);
    await expect(open()).rejects.toThrow("an earlier version of Waybill");
    await (await createPostgresDb({ url: url.href.replace("stranger", "waybill") })).close();
    await expect(open()).rejects.toThrow("The user of the database may not do this.");
  });

  const unusable = [
    {
      given: "no such database",
      url: () => `${server.url}none`,
      want: "There is no such database.",
    },
    {
      given: "nobody at the port",
      url: () => "postgres://127.0.0.1:1/x",
      want: "The database does not answer.",
    },
    {
      given: "a certificate that is not there",
      url: () => `${server.url}?sslmode=verify-full&sslrootcert=/nowhere/ca.pem`,
      want: "A certificate or key that the URL of the database names cannot be read.",
    },
  ];
  it.each(unusable)("says what is wrong with $given", async ({ url, want }) => {
    await expect(createPostgresDb({ url: url() })).rejects.toMatchObject({
      code: "unavailable",
      message: want,
    });
  });
});
