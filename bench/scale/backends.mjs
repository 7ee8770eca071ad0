// The databases and stores that are measured, as flags of `waybill serve`, with the ways to fill them past it.
import { mkdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { createSqliteDb } from "../../dist/db/sqlite-db.js";
import { openSqlite } from "../../dist/db/sqlite-connection.js";

/** SQLite and files in one folder. */
export function diskBackend(folder, name) {
  const data = join(folder, name);
  const path = join(data, "waybill.db");
  return {
    name: "SQLite + disk",
    dialect: "sqlite",
    flags: [`--data=${data}`],
    data,
    async fill(texts) {
      mkdirSync(data, { recursive: true });
      await (await createSqliteDb({ path })).close();
      const connection = openSqlite(path, ["journal_mode = WAL", "synchronous = OFF"]);
      for (const text of texts) connection.run(text);
      connection.close();
    },
    async settle() {},
    async all(text) {
      const connection = openSqlite(path, ["query_only = ON"]);
      try {
        return connection.all(text);
      } finally {
        connection.close();
      }
    },
    octets: () => statSync(path).size,
  };
}
