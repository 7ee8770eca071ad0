// SQLite as a Db: one connection writes, in transactions that share their COMMITs; another one reads
// what is committed.
import { existsSync } from "node:fs";
import { WaybillError } from "../base/fault.js";
import { createGroupCommit } from "./group-commit.js";
import { migrate, requireTables } from "./migrations.js";
import { openSqlite } from "./sqlite-connection.js";
import { createSql } from "./sqlite-sql.js";
import { keepStatistics } from "./sqlite-statistics.js";
import { closedFault } from "./use-faults.js";
import type { Db } from "./db.js";
import type { GroupCommit } from "./group-commit.js";
import type { BeforeTables } from "./migrations.js";
import type { SqliteConnection } from "./sqlite-connection.js";
import type { Execute } from "./sqlite-sql.js";

const writerPragmas = [
  "journal_mode = WAL",
  "synchronous = FULL", // NORMAL may lose what was acknowledged when the power fails
  "foreign_keys = ON",
  "analysis_limit = 1000", // samples of each index are enough for the planner (SQLite, "ANALYZE")
];

export interface SqliteDbOptions {
  /** The file, created when missing, in a folder that is there; `:memory:` for none. */
  readonly path: string;
  /** Where there are no tables yet, awaited before they are made; when it rejects, none are. */
  readonly beforeTables?: BeforeTables;
}

/** Opens the file and brings its tables up to date. Rejects with `unavailable`, and leaves nothing open. */
export async function createSqliteDb({ path, beforeTables }: SqliteDbOptions): Promise<Db> {
  const connections = openBoth(path);
  const db = createDb(connections);
  try {
    await migrate(db, beforeTables);
  } catch (error) {
    await db.close();
    throw error;
  }
  return db;
}

/** As `createSqliteDb`, but changes no tables, and makes no file: beside a server that is running. */
export async function openSqliteDb(path: string): Promise<Db> {
  if (!existsSync(path))
    throw new WaybillError({ code: "unavailable", detail: `There is no ${path}.` });
  const db = createDb(openBoth(path));
  try {
    await requireTables(db);
  } catch (error) {
    await db.close();
    throw error;
  }
  return db;
}

interface Connections {
  readonly writer: SqliteConnection;
  /** A database in memory has one connection. */
  readonly reader: SqliteConnection | undefined;
}

function openBoth(path: string): Connections {
  const writer = openSqlite(path, writerPragmas);
  if (path === ":memory:") return { writer, reader: undefined };
  try {
    return { writer, reader: openSqlite(path, ["query_only = ON"]) };
  } catch (error) {
    writer.close();
    throw error;
  }
}

function createDb({ writer, reader }: Connections): Db {
  const queue = createGroupCommit(writer);
  const endStatistics = keepStatistics(queue);
  let closing: Promise<void> | undefined;
  const close = async (): Promise<void> => {
    endStatistics();
    await queue.close();
    if (reader) checkpoint(writer);
    reader?.close();
    writer.close();
  };
  const execute = reader ? readOn(reader) : readBetween(queue, writer);
  const reads = createSql((statement) => {
    if (closing) throw new WaybillError(closedFault);
    return execute(statement);
  });
  return {
    ...reads,
    run: (text, params) => queue.add((sql) => sql.run(text, params)),
    transaction: (work) => queue.add(work),
    close: () => (closing ??= close()),
  };
}

function readOn(reader: SqliteConnection): Execute {
  return (statement) => statement(reader);
}

/** With one connection, reads wait until no transaction is open on it. */
function readBetween(queue: GroupCommit, connection: SqliteConnection): Execute {
  return async (statement) => {
    await queue.idle();
    return statement(connection);
  };
}

/** Leaves one whole file, and a short journal; another process that reads may prevent it. */
function checkpoint(writer: SqliteConnection): void {
  writer.all("PRAGMA wal_checkpoint(TRUNCATE)");
}
