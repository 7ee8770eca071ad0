// SQLite as a Db: one connection writes, in transactions that share their COMMITs; another one reads
// what is committed.
import { createGroupCommit } from "./group-commit.js";
import { migrate } from "./migrations.js";
import { openSqlite } from "./sqlite-connection.js";
import { createSql } from "./sqlite-sql.js";
import type { Db, Sql } from "./db.js";
import type { GroupCommit } from "./group-commit.js";
import type { SqliteConnection } from "./sqlite-connection.js";

const writerPragmas = [
  "journal_mode = WAL",
  "synchronous = FULL", // NORMAL may lose what was acknowledged when the power fails
  "foreign_keys = ON",
];

export interface SqliteDbOptions {
  /** The file, created when missing, in a folder that is there; `:memory:` for none. */
  readonly path: string;
}

/** Opens the file and brings its tables up to date. Rejects with `unavailable`. */
export async function createSqliteDb({ path }: SqliteDbOptions): Promise<Db> {
  const writer = openSqlite(path, writerPragmas);
  const queue = createGroupCommit(writer);
  const reader = path === ":memory:" ? undefined : openSqlite(path, ["query_only = ON"]);
  const reads = reader ? readOn(reader) : readBetween(queue, writer);
  const close = async (): Promise<void> => {
    await queue.close();
    if (reader) checkpoint(writer);
    reader?.close();
    writer.close();
  };
  const db = createDb(queue, reads, close);
  await migrate(db);
  return db;
}

function createDb(queue: GroupCommit, reads: Sql, close: () => Promise<void>): Db {
  let closing: Promise<void> | undefined;
  return {
    ...reads,
    run: (text, params) => queue.add((sql) => sql.run(text, params)),
    transaction: (work) => queue.add(work),
    close: () => (closing ??= close()),
  };
}

function readOn(reader: SqliteConnection): Sql {
  return createSql((statement) => statement(reader));
}

/** A database in memory has one connection: reads wait until no transaction is open on it. */
function readBetween(queue: GroupCommit, connection: SqliteConnection): Sql {
  return createSql(async (statement) => {
    await queue.idle();
    return statement(connection);
  });
}

/** Leaves one whole file, and a short journal; another process that reads may prevent it. */
function checkpoint(writer: SqliteConnection): void {
  writer.all("PRAGMA wal_checkpoint(TRUNCATE)");
}
