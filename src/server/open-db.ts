// Rows, by where they are: Postgres by URL, SQLite by path. A file is for one process; its lock lies beside it. Drivers
// are loaded only when they are used.
import { mkdir } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Db } from "../db/db.js";
import type { BeforeTables } from "../db/migrations.js";
import { createSqliteDb, openSqliteDb } from "../db/sqlite-db.js";
import { lockFolder } from "./lock-folder.js";
import { refuseScheme, requirePath, schemeOf } from "./place.js";

export interface OpenedDb {
  readonly db: Db;
  /** Other processes may have it as well. */
  readonly isShared: boolean;
  close(): Promise<void>;
}

const schemes = ["postgres", "postgresql", "file"];

/** Brings its tables up to date. Rejects with a TypeError for a place that cannot be meant. */
export async function openDb(place: string, beforeTables: BeforeTables): Promise<OpenedDb> {
  const path = pathOf(place);
  if (path === undefined) {
    const { createPostgresDb } = await import("../db/postgres-db.js");
    const db = await createPostgresDb({ url: place, beforeTables });
    return { db, isShared: true, close: () => db.close() };
  }
  if (path === ":memory:") {
    const db = await createSqliteDb({ path });
    return { db, isShared: false, close: () => db.close() };
  }
  await mkdir(dirname(path), { recursive: true });
  const lock = lockFolder(dirname(path), `${basename(path, ".db")}.lock`);
  try {
    const db = await createSqliteDb({ path, beforeTables });
    const close = (): Promise<void> => db.close().finally(() => lock.release());
    return { db, isShared: false, close };
  } catch (error) {
    lock.release();
    throw error;
  }
}

/** Makes and changes nothing, and takes no lock: beside the servers that have it. */
export async function openDbBeside(place: string): Promise<Db> {
  const path = pathOf(place);
  if (path !== undefined) return openSqliteDb(path);
  const { openPostgresDb } = await import("../db/postgres-db.js");
  return openPostgresDb(place);
}

/** Undefined for a database server. Throws a TypeError for a scheme that there is none for. */
function pathOf(place: string): string | undefined {
  const scheme = schemeOf(place);
  if (scheme === undefined) return requirePath("db", place);
  if (scheme === "file") return fileURLToPath(place);
  return schemes.includes(scheme) ? undefined : refuseScheme("db", place, schemes);
}

/** Where the database of a data folder lies. */
export function dbOfFolder(data: string): string {
  return data === ":memory:" ? data : join(data, "waybill.db");
}
