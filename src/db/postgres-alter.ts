// Who changes the tables of a Postgres: one at a time of all processes, on a connection of its own, without a limit of
// time.
import { setTimeout as sleep } from "node:timers/promises";
import type { Db, Sql } from "./db.js";
import type { PgModule } from "./postgres-driver.js";
import { postgresFault } from "./postgres-fault.js";
import { createPool, readOnly, type Pool, type PoolUse } from "./postgres-pool.js";
import { createPostgresSql, query, type StatementNames } from "./postgres-sql.js";
import { runTransaction } from "./postgres-transaction.js";
import type { PostgresSettings } from "./postgres-url.js";

const dayMs = 24 * 60 * 60_000;
const askAgainMs = 200;
/** Any numbers, the same for all who alter tables. */
const [alterLock, besideLock] = [7_239_224, 7_239_225];

// Not serializable, so that each statement sees what was altered while the lock was waited for.
const session = {
  default_transaction_isolation: "read committed",
  // One that has stopped between two statements locks everyone else out of its tables.
  idle_in_transaction_session_timeout: "60000",
};

export function alterOn(
  pg: PgModule,
  settings: PostgresSettings,
): Required<Pick<Db, "alter" | "alterBeside">> {
  const withPool = async <T>(
    use: Pick<PoolUse, "session" | "writes">,
    work: (pool: Pool) => Promise<T>,
  ): Promise<T> => {
    const patient = { ...settings, statementTimeoutMs: dayMs };
    const pool = createPool(pg, patient, { connections: 1, ...use });
    try {
      return await work(pool);
    } finally {
      await pool.close();
    }
  };
  return {
    alter: (work) =>
      withPool({ session: { ...session, ...readOnly }, writes: true }, (pool) =>
        runTransaction({ pool, names: new Map() }, async (sql) => {
          await sql.run(`SELECT pg_advisory_xact_lock(${alterLock})`);
          return work(sql);
        }),
      ),
    alterBeside: (work) => withPool({ session }, (pool) => beside(pool, work)),
  };
}

async function beside<T>(pool: Pool, work: (sql: Sql) => Promise<T>): Promise<T> {
  return pool.use(async (client) => {
    const names: StatementNames = new Map();
    const sql = createPostgresSql(async (text, params) => {
      try {
        return await query(client, names, { text, params });
      } catch (error) {
        throw postgresFault(error);
      }
    });
    // Whoever waits within a statement is waited for by those that are CONCURRENTLY: both would wait for ever.
    while (!(await isMine(sql))) await sleep(askAgainMs);
    return work(sql); // the lock ends with the connection
  });
}

async function isMine(sql: Sql): Promise<boolean> {
  const row = await sql.get(`SELECT pg_try_advisory_lock(${besideLock}) AS mine`);
  return row?.["mine"] === 1;
}
