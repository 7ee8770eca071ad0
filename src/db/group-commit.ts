// The queue of transactions on one connection. Those that wait together share one COMMIT, which is
// the one fsync; each is a SAVEPOINT of its own, so that one's failure is not the others'.
import { WaybillError } from "../base/fault.js";
import { closedFault, overFault } from "./use-faults.js";
import { createSql } from "./sqlite-sql.js";
import type { Sql } from "./db.js";
import type { SqliteConnection } from "./sqlite-connection.js";

/** Transactions that share one COMMIT at most, so that none waits long for the others. */
const batchMax = 256;

export interface GroupCommit {
  /** Settles after the COMMIT. */
  add<T>(work: (sql: Sql) => Promise<T>): Promise<T>;
  /** Resolves while no transaction is open on the connection. */
  idle(): Promise<void>;
  /** Waits for what is queued; refuses what comes later. */
  close(): Promise<void>;
}

interface Entry {
  perform(): Promise<void>;
  /** What it failed with; its savepoint is rolled back. */
  failure?: { readonly error: unknown };
  resolve(): void;
  reject(error: unknown): void;
}

export function createGroupCommit(connection: SqliteConnection): GroupCommit {
  const waiting: Entry[] = [];
  let running: Promise<void> | undefined;
  let closed = false;

  const start = (): void => {
    running ??= runBatch(connection, waiting).finally(() => {
      running = undefined;
      if (waiting.length > 0) start();
    });
  };
  const idle = async (): Promise<void> => {
    if (!running) return;
    await running;
    await idle();
  };
  return {
    add: (work) =>
      new Promise((resolve, reject) => {
        if (closed) return reject(new WaybillError(closedFault));
        waiting.push(createEntry(connection, { work, resolve, reject }));
        start();
      }),
    idle,
    close() {
      closed = true;
      return idle();
    },
  };
}

interface Request<T> {
  work(sql: Sql): Promise<T>;
  resolve(value: T): void;
  reject(error: unknown): void;
}

function createEntry<T>(connection: SqliteConnection, request: Request<T>): Entry {
  const results: T[] = [];
  return {
    async perform() {
      const scope = createScope(connection);
      try {
        const result = await request.work(scope.sql);
        // As in Postgres: a statement that failed spoils its transaction, caught or not.
        if (scope.failure) throw scope.failure.error;
        results.push(result);
      } finally {
        scope.over = true;
      }
    },
    resolve: () => results.forEach(request.resolve),
    reject: request.reject,
  };
}

interface Scope {
  readonly sql: Sql;
  failure?: { readonly error: unknown };
  over: boolean;
}

function createScope(connection: SqliteConnection): Scope {
  const scope: Scope = {
    over: false,
    sql: createSql((statement) => {
      if (scope.over) throw new WaybillError(overFault);
      try {
        return statement(connection);
      } catch (error) {
        scope.failure ??= { error };
        throw error;
      }
    }),
  };
  return scope;
}

async function runBatch(connection: SqliteConnection, waiting: Entry[]): Promise<void> {
  // At the end of the event loop's turn, so that every request of this turn shares the COMMIT.
  await new Promise((resolve) => setImmediate(resolve));
  const batch: Entry[] = [];
  try {
    connection.run("BEGIN IMMEDIATE");
    for (let entry = waiting.shift(); entry; entry = waiting.shift()) {
      batch.push(entry);
      await attempt(connection, entry);
      if (batch.length === batchMax) break;
    }
    connection.run("COMMIT");
  } catch (error) {
    rollback(connection);
    // When not even BEGIN went well, all have waited as long as one may.
    const lost = batch.length > 0 ? batch : waiting.splice(0);
    for (const entry of lost) entry.reject(entry.failure ? entry.failure.error : error);
    return;
  }
  for (const entry of batch) {
    if (entry.failure) entry.reject(entry.failure.error);
    else entry.resolve();
  }
}

/** Throws only when the whole batch is lost. */
async function attempt(connection: SqliteConnection, entry: Entry): Promise<void> {
  connection.run("SAVEPOINT entry");
  try {
    await entry.perform();
  } catch (error) {
    entry.failure = { error };
    // A full disk makes SQLite roll back everything by itself (SQLite, "ROLLBACK").
    if (!connection.inTransaction) throw error;
    connection.run("ROLLBACK TO entry");
  }
  connection.run("RELEASE entry");
}

function rollback(connection: SqliteConnection): void {
  try {
    if (connection.inTransaction) connection.run("ROLLBACK");
  } catch {
    // The entries hear of the first error; the next BEGIN says whether the connection still works.
  }
}
