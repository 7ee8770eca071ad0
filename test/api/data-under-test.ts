// What the API of a test works on, by the project that runs it: a folder, as ever; the same over a database that runs
// the work of every transaction twice, as one may; or a real Postgres beside a folder of files.
import { createHash } from "node:crypto";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { Client } from "pg";
import { inject } from "vitest";
import type { Db } from "../../src/db/db.js";
import { createPostgresDb } from "../../src/db/postgres-db.js";
import { createSqliteDb } from "../../src/db/sqlite-db.js";
import { openData, type Data } from "../../src/server/open-data.js";
import { createDiskStore } from "../../src/store/disk-store.js";

declare module "vitest" {
  interface ProvidedContext {
    /** Of a database of a Postgres that the project has started. */
    postgresUrl: string;
  }
}

/** Undefined where the folder is opened as a server opens it. */
export function openUnderTest(folder: string): Promise<Data> | undefined {
  const kind = process.env["WAYBILL_TEST_DATA"];
  if (kind === "twice") return openTwice(folder);
  if (kind === "postgres") return openOnPostgres(folder);
  return undefined;
}

async function openTwice(folder: string): Promise<Data> {
  const data = await openData({ data: folder });
  return { ...data, db: twiceDb(data.db) };
}

/** The first run of each is rolled back, whatever came of it. */
export function twiceDb(db: Db): Db {
  const undone = new Error("To be run again.");
  return {
    ...db,
    async transaction(work) {
      const first = db.transaction(async (sql) => {
        await work(sql);
        throw undone;
      });
      await first.catch(() => undefined);
      return db.transaction(work);
    },
  };
}

/** The rows of a folder that no Waybill has open. */
export function openRows(folder: string): Promise<Db> {
  return process.env["WAYBILL_TEST_DATA"] === "postgres"
    ? openPostgresRows(folder)
    : createSqliteDb({ path: join(folder, "waybill.db") });
}

async function openOnPostgres(folder: string): Promise<Data> {
  await mkdir(folder, { recursive: true });
  const store = await createDiskStore({ folder: join(folder, "files") });
  const db = await openPostgresRows(folder);
  return { db, store, isAlone: true, close: () => db.close() };
}

// A folder that is opened again has the same database.
async function openPostgresRows(folder: string): Promise<Db> {
  const url = new URL(inject("postgresUrl"));
  const name = `t${createHash("sha256").update(folder).digest("hex").slice(0, 20)}`;
  await createDatabase(url.href, name);
  url.pathname = `/${name}`;
  return createPostgresDb({ url: `${url.href}?pool=5` });
}

async function createDatabase(url: string, name: string): Promise<void> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(`CREATE DATABASE ${name}`);
  } catch (error) {
    if (!(error instanceof Error && error.message.includes("already exists"))) throw error;
  } finally {
    await client.end();
  }
}
