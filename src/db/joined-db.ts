// A transaction that is under way, as a Db: what would be a transaction of its own is part of it.
import type { Db, Sql } from "./db.js";

export function joinedDb(sql: Sql): Db {
  return {
    dialect: sql.dialect,
    run: (text, params) => sql.run(text, params),
    all: (text, params) => sql.all(text, params),
    get: (text, params) => sql.get(text, params),
    ...(sql.number && { number: sql.number }),
    transaction: (work) => work(sql),
    close: async () => undefined,
  };
}
