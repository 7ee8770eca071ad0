// One connection of libsql: opening, parameters, prepared statements, errors. Synchronous, as SQLite is;
// knows neither transactions nor tables.
import Database from "libsql";
import { databaseFault } from "./database-fault.js";
import type { SqlRow, SqlValue } from "./db.js";

const statementsMax = 500;
const busyMs = 2000;

export interface SqliteConnection {
  run(text: string, params?: readonly SqlValue[]): number;
  all(text: string, params?: readonly SqlValue[]): SqlRow[];
  readonly inTransaction: boolean;
  close(): void;
}

/** Opens or creates the file (`:memory:` for none). Throws `unavailable`. */
export function openSqlite(path: string, pragmas: readonly string[]): SqliteConnection {
  return guard(() => {
    const database = new Database(path, { timeout: busyMs });
    for (const pragma of pragmas) database.exec(`PRAGMA ${pragma}`);
    return createConnection(database);
  });
}

interface Prepared {
  readonly statement: Database.Statement;
  /** Gives rows. */
  readonly reader: boolean;
}

function createConnection(database: Database.Database): SqliteConnection {
  const statements = new Map<string, Prepared>();
  const prepare = (text: string): Prepared => {
    const known = statements.get(text);
    const prepared = known ?? compile(database, text);
    if (known) statements.delete(text); // back to the end: the first one is the least recently used
    statements.set(text, prepared);
    if (statements.size > statementsMax) dropFirst(statements);
    return prepared;
  };
  // `get` and `run` leave a statement that gives rows unfinished, which would hold its snapshot and its
  // locks: `all` runs to the end.
  const all = (text: string, params: readonly SqlValue[]): SqlRow[] =>
    prepare(text).statement.all(params.map(bind)) as SqlRow[];
  return {
    run: (text, params = []) =>
      guard(() => {
        const { statement, reader } = prepare(text);
        if (reader) return all(text, params).length;
        return statement.run(params.map(bind)).changes;
      }),
    all: (text, params = []) => guard(() => all(text, params)),
    get inTransaction() {
      return database.inTransaction;
    },
    close() {
      statements.clear();
      database.close();
    },
  };
}

function compile(database: Database.Database, text: string): Prepared {
  // To SQLite `$2` is a name, bound in the order of appearance; `?2` is the second (SQLite, "Parameters").
  const numbered = text.replaceAll(/'[^']*'|\$(\d+)/g, (match, number?: string) =>
    number === undefined ? match : `?${number}`,
  );
  const statement = database.prepare(numbered);
  return { statement, reader: statement.reader };
}

function dropFirst(statements: Map<string, unknown>): void {
  for (const text of statements.keys()) {
    statements.delete(text);
    return;
  }
}

/** libsql binds every number as a REAL (`5` in a TEXT column becomes `5.0`), and dies of a boolean. */
function bind(value: SqlValue): string | number | bigint | null {
  if (typeof value === "number" && Number.isSafeInteger(value)) return BigInt(value);
  if (value === null || typeof value === "string" || typeof value === "number") return value;
  throw new TypeError(`A ${typeof value} is no SQL value.`);
}

function guard<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw databaseFault(error);
  }
}
