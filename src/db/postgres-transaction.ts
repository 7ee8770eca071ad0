// One transaction of Postgres: SERIALIZABLE, and run again from its beginning where the database found that it was not
// alone after all. A COMMIT that got no answer is no success, and no failure either: it rejects, and says so.
import { setTimeout as sleep } from "node:timers/promises";
import { isWaybillError, WaybillError } from "../base/fault.js";
import type { Sql } from "./db.js";
import type { PgClient } from "./postgres-driver.js";
import {
  isConnectionLoss,
  isConstraintFailure,
  isRefusal,
  isSerializationFailure,
  postgresFault,
  readOnlyFault,
  sqlState,
} from "./postgres-fault.js";
import type { Pool } from "./postgres-pool.js";
import { createPostgresSql, query, type StatementNames } from "./postgres-sql.js";
import { UncertainCommitError } from "./uncertain-commit.js";
import { overFault } from "./use-faults.js";

type Work<T> = (sql: Sql) => Promise<T>;

export interface TransactionUse {
  /** Of sessions that are `readOnly`. */
  readonly pool: Pool;
  readonly names: StatementNames;
  readonly number?: Sql["number"];
}

/** How often one is run at most; the pauses between take two seconds together. */
const attemptsMax = 12;
const pauseMaxMs = 250;

export async function runTransaction<T>(use: TransactionUse, work: Work<T>): Promise<T> {
  const seen = { losses: 0, conflicts: 0 };
  for (let times = 1; ; times++) {
    const end = await runOnce(use, work);
    if ("result" in end) return end.result;
    const { error, told, isFinal } = end;
    if (isFinal || times === attemptsMax || !isWorthwhile(error, seen)) throw told;
    await sleep(Math.random() * Math.min(pauseMaxMs, 2 ** times));
  }
}

interface Failure {
  /** Of the driver, unless it is final. */
  readonly error: unknown;
  /** What whoever asked for the transaction is told. */
  readonly told: unknown;
  /** It would be the same again, or nobody knows what came of it. */
  readonly isFinal: boolean;
}

type End<T> = { readonly result: T } | Failure;

/** A dead connection is found once, as is a row that somebody else made meanwhile. */
function isWorthwhile(error: unknown, seen: { losses: number; conflicts: number }): boolean {
  if (isSerializationFailure(error)) return true;
  if (isConstraintFailure(error)) return ++seen.conflicts === 1;
  return isConnectionLoss(error) && ++seen.losses === 1;
}

async function runOnce<T>(use: TransactionUse, work: Work<T>): Promise<End<T>> {
  try {
    return await use.pool.use((client) => attempt(client, use, work));
  } catch (error) {
    if (error instanceof UncertainCommitError) {
      await endCommit(use.pool, error.processId).catch(() => undefined);
      const told = new WaybillError(uncertainFault, { cause: error });
      return { error, told, isFinal: true };
    }
    return { error, told: postgresFault(error), isFinal: isWaybillError(error) };
  }
}

const uncertainFault = {
  code: "unavailable",
  detail: "The database went away before it said whether it made this change.",
} as const;

/** Rejects only when the connection is of no more use. */
async function attempt<T>(client: PgClient, use: TransactionUse, work: Work<T>): Promise<End<T>> {
  // Statements go out behind it. Were it refused, what they write would be refused too: without it, sessions only read.
  const begun = client.query("BEGIN READ WRITE").catch(tellStandby);
  begun.catch(() => undefined); // whoever waits for it hears of it
  const scope = createScope(client, use);
  try {
    const result = await work(scope.sql);
    scope.over = true;
    await begun;
    if (!scope.failure) return await commit(client, scope, result);
    return await rollBack(client, failureOf(scope.failure.error));
  } catch (error) {
    if (scope.over) throw error;
    scope.over = true;
    await begun;
    const { failure } = scope;
    const isFinal = failure === undefined;
    return rollBack(client, { error: failure ? failure.error : error, told: error, isFinal });
  }
}

/** A standby has no transactions that may write: "feature not supported". */
function tellStandby(error: unknown): never {
  if (sqlState(error) !== "0A000") throw error;
  throw new WaybillError(readOnlyFault, { cause: error });
}

function failureOf(error: unknown): Failure {
  return { error, told: postgresFault(error), isFinal: false };
}

async function rollBack(client: PgClient, failure: Failure): Promise<Failure> {
  try {
    await client.query("ROLLBACK");
    return failure;
  } catch (error) {
    throw failure.isFinal ? error : failure.error;
  }
}

async function commit<T>(client: PgClient, scope: Scope, result: T): Promise<End<T>> {
  try {
    const { command } = await client.query("COMMIT");
    if (command === "COMMIT") return { result };
    // Somebody did not wait for a statement, and it failed.
    return failureOf(scope.failure?.error ?? new TypeError("COMMIT did nothing."));
  } catch (error) {
    if (isRefusal(error)) return failureOf(error);
    throw new UncertainCommitError(error, processIdOf(client));
  }
}

/** Whoever asks next whether it was made is to be told the truth: it is not still being made then. */
function endCommit(pool: Pool, processId: number): Promise<unknown> {
  return pool.use((client) =>
    client.query(
      `SELECT pg_terminate_backend(pid, 2000) FROM pg_stat_activity
      WHERE pid = $1 AND state = 'active' AND query = 'COMMIT' AND usename = current_user`,
      [processId],
    ),
  );
}

function processIdOf(client: PgClient): number {
  return "processID" in client && typeof client.processID === "number" ? client.processID : 0;
}

interface Scope {
  readonly sql: Sql;
  /** Of the first statement that failed: it spoils its transaction, caught or not. */
  failure?: { readonly error: unknown };
  over: boolean;
}

function createScope(client: PgClient, { names, number }: TransactionUse): Scope {
  const scope: Scope = {
    over: false,
    sql: createPostgresSql(async (text, params) => {
      if (scope.over) throw new WaybillError(overFault);
      try {
        return await query(client, names, { text, params });
      } catch (error) {
        scope.failure ??= { error };
        // Those behind it fail because of it.
        throw postgresFault(scope.failure.error);
      }
    }, number),
  };
  return scope;
}
