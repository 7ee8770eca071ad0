// Work that changes tables, on any database.
import type { Db, Sql } from "./db.js";

export function alterTables<T>(db: Db, work: (sql: Sql) => Promise<T>): Promise<T> {
  return db.alter ? db.alter(work) : db.transaction(work);
}
