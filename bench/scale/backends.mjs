// The databases and stores that are measured, as flags of `waybill serve`, with the ways to fill them past it.
import { existsSync, mkdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createSqliteDb } from "../../dist/db/sqlite-db.js";
import { createDiskStore } from "../../dist/store/disk-store.js";
import { openSqlite } from "../../dist/db/sqlite-connection.js";

/** SQLite and files in one folder. */
export function diskBackend(folder, name) {
  const data = join(folder, name);
  const path = join(data, "waybill.db");
  const files = join(data, "files");
  const pathOf = (key) => join(files, "blobs", key.slice(-2), key);
  return {
    name: "SQLite + disk",
    dialect: "sqlite",
    flags: [`--data=${data}`],
    pruneCount: 100_000,
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
    async store(keys, bytes) {
      await (await createDiskStore({ folder: files })).sweep();
      for (const key of keys) writeFileSync(pathOf(key), bytes);
    },
    stored: async (keys) => keys.filter((key) => existsSync(pathOf(key))),
    octets: () => statSync(path).size,
  };
}
