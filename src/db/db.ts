// Where rows live. One portable SQL text with `$1`; what differs between databases stays in this
// folder. Knows no tables but through the repositories beside it.

/** Numbers are doubles: exact up to 2^53. Booleans are 0 and 1 in rows. */
export type SqlValue = string | number | null;
export type SqlRow = Record<string, SqlValue>;
export type Dialect = "sqlite" | "postgres";

/** Rejects with `unavailable` when the database does not answer, `conflict` when a constraint refuses. */
export interface Sql {
  readonly dialect: Dialect;
  /** Resolves to how many rows were changed. */
  run(text: string, params?: readonly SqlValue[]): Promise<number>;
  all<Row extends SqlRow = SqlRow>(text: string, params?: readonly SqlValue[]): Promise<Row[]>;
  /** The first row. */
  get<Row extends SqlRow = SqlRow>(
    text: string,
    params?: readonly SqlValue[],
  ): Promise<Row | undefined>;
  /**
   * Where taking a number from a row would hold up everyone else: the next one of this name, from 1, never given
   * again. It stays taken whatever becomes of the transaction.
   */
  number?(name: string): Promise<number>;
}

/** At this moment. */
export interface ConnectionCounts {
  /** Connections that are open, used or not. */
  readonly open: number;
  readonly used: number;
  /** Statements and transactions that wait for a connection. */
  readonly waiting: number;
}

/**
 * Outside a transaction, `all` and `get` only read, and see committed rows only; `run` is a
 * transaction of its own.
 */
export interface Db extends Sql {
  /**
   * Runs `work` alone against all others, and resolves once its rows are durable. When `work` rejects,
   * or any statement in it failed, nothing of it remains and the promise rejects with that error.
   * `work` awaits its own statements only: everyone else is waiting for it. They run in the order of their calls, also where
   * several are called before the first has settled; foreign keys may refuse at the end alone. It may be run again from its beginning,
   * where the database found that it was not alone after all: then nothing of the first run remains.
   */
  transaction<T>(work: (sql: Sql) => Promise<T>): Promise<T>;
  /**
   * As `transaction`, for work that changes tables: one at a time of all processes on this database, without a limit of
   * time. Where it is missing, `transaction` is that.
   */
  alter?<T>(work: (sql: Sql) => Promise<T>): Promise<T>;
  /**
   * As `alter`, but no transaction: each statement is done by itself, and nobody who reads or writes is held up by those
   * that say CONCURRENTLY. What was cut short may have left something half made. Where it is missing, `transaction` is that:
   * every Postgres has it.
   */
  alterBeside?<T>(work: (sql: Sql) => Promise<T>): Promise<T>;
  /** By what they are for, where there is more than one connection. */
  connections?(): Readonly<Record<string, ConnectionCounts>>;
  /** Waits for the transactions under way; refuses later ones. */
  close(): Promise<void>;
}
