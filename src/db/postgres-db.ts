// Postgres as a Db: some connections write, in serializable transactions; others read what is committed; one takes
// numbers. Nothing here is waited for without an end, and a server that comes back is used again.
import { WaybillError } from "../base/fault.js";
import { migrate, requireTables, type BeforeTables } from "./migrations.js";
import type { Db, Sql } from "./db.js";
import { loadPg, type PgModule } from "./postgres-driver.js";
import { isConnectionLoss, postgresFault } from "./postgres-fault.js";
import { createNumbers } from "./postgres-numbers.js";
import { createPool, readOnly, type Pool } from "./postgres-pool.js";
import {
  createPostgresSql,
  query,
  type RunStatement,
  type StatementNames,
} from "./postgres-sql.js";
import { alterOn } from "./postgres-alter.js";
import { runTransaction } from "./postgres-transaction.js";
import { parsePostgresUrl, type PostgresSettings } from "./postgres-url.js";

export interface PostgresDbOptions {
  /** `postgres://user:password@host:port/database`, with `pool`, `connectTimeoutMs`, `statementTimeoutMs`. */
  readonly url: string;
  /** Where there are no tables yet, awaited before they are made; when it rejects, none are. */
  readonly beforeTables?: BeforeTables;
}

/** Opens the database and brings its tables up to date. Rejects with `unavailable`, and leaves nothing open. */
export function createPostgresDb({ url, beforeTables }: PostgresDbOptions): Promise<Db> {
  return open(url, (db) => migrate(db, beforeTables));
}

/** As `createPostgresDb`, but changes no tables: beside servers that are running. */
export function openPostgresDb(url: string): Promise<Db> {
  return open(url, requireTables);
}

async function open(url: string, prepare: (db: Db) => Promise<void>): Promise<Db> {
  const settings = parsePostgresUrl(url);
  const db = createDb(await loadPg(), settings);
  try {
    await requireUtf8(db);
    await prepare(db);
    return db;
  } catch (error) {
    await db.close();
    throw error;
  }
}

async function requireUtf8(db: Db): Promise<void> {
  const row = await db.get("SELECT current_setting('server_encoding') AS encoding");
  if (row?.["encoding"] !== "UTF8") throw new WaybillError(encodingFault);
}

const encodingFault = {
  code: "unavailable",
  detail: "The database does not keep text as UTF-8: create it WITH ENCODING 'UTF8'.",
} as const;

function createDb(pg: PgModule, settings: PostgresSettings): Db {
  const writers = createPool(pg, settings, {
    connections: Math.ceil((settings.pool - 1) / 2),
    session: writing,
    writes: true,
  });
  const readers = createPool(pg, settings, {
    connections: Math.floor((settings.pool - 1) / 2),
    session: readOnly,
  });
  const counter = createPool(pg, settings, { connections: 1, session: counting });
  const names: StatementNames = new Map();
  const { next } = createNumbers(counter);
  const transaction: Db["transaction"] = (work) =>
    runTransaction({ pool: writers, names, number: next }, work);
  const close = async (): Promise<void> => {
    await writers.close();
    await Promise.all([readers.close(), counter.close()]);
  };
  return {
    ...readsOn(readers),
    number: next,
    run: (text, params) => transaction((sql) => sql.run(text, params)),
    transaction,
    ...alterOn(pg, settings),
    connections: () => ({
      writing: writers.counts(),
      reading: readers.counts(),
      numbering: counter.counts(),
    }),
    close,
  };
}

// Whoever reads a table as a whole conflicts with all who write into it, and of a small one the planner would: by scanning
// it, or by joining all of it. Nothing that writes looks for more than some rows by their keys.
const writing = {
  ...readOnly,
  default_transaction_isolation: "serializable",
  enable_seqscan: "off",
  enable_hashjoin: "off",
  enable_mergejoin: "off",
};
const counting = { default_transaction_isolation: "read committed", synchronous_commit: "off" };

function readsOn(pool: Pool): Sql {
  const names: StatementNames = new Map();
  const run: RunStatement = (text, params) =>
    pool.use((client) => query(client, names, { text, params }));
  // The server may have been started again since the connection was last used.
  const again: RunStatement = (text, params) =>
    run(text, params).catch((error: unknown) => {
      if (isConnectionLoss(error)) return run(text, params);
      throw error;
    });
  return createPostgresSql((text, params) =>
    again(text, params).catch((error: unknown) => {
      throw postgresFault(error);
    }),
  );
}
