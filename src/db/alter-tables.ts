// Work that changes tables, on any database.
import type { Db, Sql } from "./db.js";

export function alterTables<T>(db: Db, work: (sql: Sql) => Promise<T>): Promise<T> {
  return db.alter ? db.alter(work) : db.transaction(work);
}

/** Beside whoever reads and writes them. */
export function alterBeside<T>(db: Db, work: (sql: Sql) => Promise<T>): Promise<T> {
  return db.alterBeside ? db.alterBeside(work) : db.transaction(work);
}
