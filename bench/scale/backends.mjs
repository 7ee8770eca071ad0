// The databases and stores that are measured: flags of `waybill serve`, and ways past it to fill them and look into them.
import { existsSync, mkdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createPostgresDb } from "../../dist/db/postgres-db.js";
import { openSqlite } from "../../dist/db/sqlite-connection.js";
import { createSqliteDb } from "../../dist/db/sqlite-db.js";
import { openStoreBeside } from "../../dist/server/open-store.js";
import { createDiskStore } from "../../dist/store/disk-store.js";
import { queryAll, withClient } from "./services.mjs";

/** SQLite and files in one folder. */
export function sqliteBackend(folder) {
  return { name: "SQLite + disk", ...sqliteRows(folder), ...diskFiles(folder), meters: {} };
}

export async function postgresBackend({ postgres, folder }) {
  const rows = await postgresRows(postgres);
  return {
    name: "Postgres + disk",
    ...rows,
    ...diskFiles(folder),
    flags: [...rows.flags, `--data=${folder}`],
  };
}

export async function cephBackend({ postgres, ceph }) {
  const rows = await postgresRows(postgres);
  const files = objectFiles(ceph, await ceph.createBucket());
  const meters = { ...rows.meters, ...files.meters };
  return {
    name: "Postgres + Ceph",
    ...rows,
    ...files,
    flags: [...rows.flags, ...files.flags],
    meters,
  };
}

function sqliteRows(folder) {
  const path = join(folder, "waybill.db");
  return {
    dialect: "sqlite",
    flags: [`--data=${folder}`],
    async fill(texts) {
      mkdirSync(folder, { recursive: true });
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
    octets: async () => statSync(path).size,
  };
}

async function postgresRows(postgres) {
  const url = await postgres.createDatabase();
  return {
    dialect: "postgres",
    flags: [`--db=${url}`],
    meters: { database: postgres.pids },
    async fill(texts) {
      await (await createPostgresDb({ url })).close();
      await withClient(url, async (client) => {
        for (const text of texts) await client.query(text);
      });
    },
    // What autovacuum would have done some minutes later.
    settle: () => queryAll(url, "VACUUM ANALYZE").then(() => undefined),
    all: (text) => queryAll(url, text),
    async octets() {
      const [{ size }] = await queryAll(url, "SELECT pg_database_size(current_database()) AS size");
      return Number(size);
    },
    /** Of the whole server: octets of WAL, transactions that were committed. */
    async written() {
      const [row] = await queryAll(
        url,
        `SELECT pg_wal_lsn_diff(pg_current_wal_lsn(), '0/0') AS wal,
        (SELECT sum(xact_commit) FROM pg_stat_database) AS commits`,
      );
      return { walOctets: Number(row.wal), commits: Number(row.commits) };
    },
  };
}

function diskFiles(folder) {
  const files = join(folder, "files");
  const pathOf = (key) => join(files, "blobs", key.slice(-2), key);
  return {
    pruneCount: 100_000,
    nodesMax: 1, // a folder is for one process
    async store(keys, bytes) {
      await createDiskStore({ folder: files });
      for (const key of keys) writeFileSync(pathOf(key), bytes);
    },
    stored: async (keys) => keys.filter((key) => existsSync(pathOf(key))),
  };
}

function objectFiles(ceph, place) {
  return {
    flags: [`--store=${place}`],
    env: ceph.environment,
    meters: { store: ceph.pids },
    pruneCount: 10_000,
    nodesMax: 3,
    async store(keys, bytes) {
      Object.assign(process.env, ceph.environment);
      const store = await openStoreBeside(place);
      const writeOne = async (key) => {
        const writer = store.create(key);
        await writer.write(bytes);
        await writer.close();
      };
      await eachAtOnce(keys, 16, writeOne);
    },
    async stored(keys) {
      const store = await openStoreBeside(place);
      const found = [];
      await eachAtOnce(keys, 16, async (key) => {
        const reader = await store.open(key).catch(() => undefined);
        if (reader) found.push(key);
        await reader?.close();
      });
      return found;
    },
  };
}

async function eachAtOnce(items, atOnce, work) {
  const rest = items.values();
  const worker = async () => {
    for (const item of rest) await work(item);
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
}
