// The Sql of one SQLite connection: makes promises of its synchronous calls.
import type { Sql, SqlRow, SqlValue } from "./db.js";
import type { SqliteConnection } from "./sqlite-connection.js";

type Params = readonly SqlValue[];

/** Runs one statement on the connection of the moment, now or later; may refuse by throwing. */
export type Execute = <T>(statement: (connection: SqliteConnection) => T) => T | Promise<T>;

export function createSql(execute: Execute): Sql {
  // What a row holds is known to who wrote the statement.
  const all = async <Row extends SqlRow>(text: string, params?: Params): Promise<Row[]> =>
    (await execute((connection) => connection.all(text, params))) as Row[];
  return {
    dialect: "sqlite",
    run: async (text, params) => execute((connection) => connection.run(text, params)),
    all,
    get: async <Row extends SqlRow>(text: string, params?: Params) =>
      (await all<Row>(text, params))[0],
  };
}
