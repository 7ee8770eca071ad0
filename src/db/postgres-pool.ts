// Connections to one Postgres, each made ready for what it is used for. A connection that failed is never used again,
// and one that dies idle is no news: the next one finds out whether the server is there.
import { WaybillError } from "../base/fault.js";
import type { ConnectionCounts } from "./db.js";
import type { PgClient, PgModule, PgPool } from "./postgres-driver.js";
import { isConnectionLoss, postgresFault, sqlState } from "./postgres-fault.js";
import type { PostgresSettings } from "./postgres-url.js";
import { closedFault } from "./use-faults.js";

export interface PoolUse {
  readonly connections: number;
  /** Settings of the session (PostgreSQL §20), e.g. `jit: "off"`. */
  readonly session: Readonly<Record<string, string>>;
  /** It has transactions that say that they write. Default false. */
  readonly writes?: boolean;
}

/** Nothing is written but in transactions that say so (PostgreSQL §20.11.1). */
export const readOnly = { default_transaction_read_only: "on" };

// Whoever runs the database may have said that nothing is to be written: a transaction that says otherwise would be.
const refuseReadOnly = `DO $$ BEGIN
  IF current_setting('default_transaction_read_only')::boolean THEN RAISE read_only_sql_transaction; END IF;
END $$`;

export interface Pool {
  /** With a connection of its own until it settles. `work` rejects with errors of the driver alone. */
  use<T>(work: (client: PgClient) => Promise<T>): Promise<T>;
  counts(): ConnectionCounts;
  /** Waits for those who use it or wait to. */
  close(): Promise<void>;
}

const idleMs = 30_000;
/** The driver gives up on an answer this long after the server should have. */
const graceMs = 1000;

export function createPool(pg: PgModule, settings: PostgresSettings, how: PoolUse): Pool {
  const pool = new pg.Pool({
    connectionString: settings.connectionString,
    max: how.connections,
    connectionTimeoutMillis: settings.connectTimeoutMs,
    idleTimeoutMillis: idleMs,
    keepAlive: true,
    keepAliveInitialDelayMillis: 10_000,
    pipeline: true,
    query_timeout: settings.statementTimeoutMs + graceMs,
  });
  pool.on("error", ignore);
  const use = createUse(pool, sessionText(settings, how));
  const running = new Set<Promise<unknown>>();
  let closing: Promise<void> | undefined;
  return {
    async use(work) {
      if (closing) throw new WaybillError(closedFault);
      const result = use(work);
      running.add(result);
      return result.finally(() => running.delete(result));
    },
    counts: () => ({
      open: pool.totalCount,
      used: pool.totalCount - pool.idleCount,
      waiting: pool.waitingCount,
    }),
    close: () => (closing ??= Promise.allSettled(running).then(() => pool.end())),
  };
}

function createUse(pool: PgPool, session: string): Pool["use"] {
  const ready = new WeakSet<PgClient>();
  return async (work) => {
    const client = await pool.connect().catch((error: unknown) => {
      throw postgresFault(error);
    });
    client.on("error", ignore);
    try {
      if (!ready.has(client)) await client.query(session);
      ready.add(client);
      const result = await work(client);
      release(client);
      return result;
    } catch (error) {
      // Whatever the server did not say itself may have left the connection in the middle of something.
      const isLost = sqlState(error) === undefined || isConnectionLoss(error);
      release(client, isLost || !ready.has(client));
      throw error;
    }
  };
}

function release(client: PgClient, broken = false): void {
  client.off("error", ignore);
  client.release(broken);
}

function sessionText(settings: PostgresSettings, { session, writes }: PoolUse): string {
  const { applicationName, statementTimeoutMs } = settings;
  const all = {
    application_name: applicationName,
    standard_conforming_strings: "on",
    statement_timeout: String(statementTimeoutMs),
    lock_timeout: String(Math.ceil(statementTimeoutMs / 2)),
    // A process that has stopped in the middle of a transaction holds nobody up for longer.
    idle_in_transaction_session_timeout: String(statementTimeoutMs),
    jit: "off",
    ...session,
  };
  const set = Object.entries(all).map(
    ([name, value]) => `SET ${name} = '${value.replaceAll("'", "''")}'`,
  );
  return [...(writes ? [refuseReadOnly] : []), ...set].join("; ");
}

function ignore(): void {
  // Whoever waits on the connection hears of it from the statement.
}
