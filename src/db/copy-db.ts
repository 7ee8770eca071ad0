// All rows of one database into another one that has none, in one transaction there: all of them, or nothing. Each
// table is read back and held against what was read at first. Knows tables and their keys, and nothing of what rows mean.
import { createHash } from "node:crypto";
import { WaybillError } from "../base/fault.js";
import { alterTables } from "./alter-tables.js";
import type { Db, Sql, SqlRow, SqlValue } from "./db.js";

interface Table {
  readonly name: string;
  readonly key: readonly string[];
}

/** All but `schema_version`; what others refer to comes before them. */
export const tables: readonly Table[] = [
  { name: "secret", key: ["name"] },
  { name: "sequence", key: ["collection"] },
  { name: "blob", key: ["id"] },
  { name: "resource", key: ["collection", "id"] },
  { name: "attachment", key: ["collection", "resource_id", "property", "position"] },
  { name: "upload", key: ["id"] },
  { name: "tombstone", key: ["key"] },
  { name: "idempotency", key: ["principal", "operation", "key"] },
  { name: "event", key: ["id"] },
  { name: "webhook", key: ["id"] },
  { name: "webhook_type", key: ["type", "webhook_id"] },
  { name: "delivery", key: ["event_id", "webhook_id"] },
  { name: "lease", key: ["name"] },
];

export interface CopiedTable {
  readonly table: string;
  readonly rows: number;
  /** SHA-256 over all its rows, in the order of their keys; of both databases. */
  readonly sha256: string;
}

export interface CopyOptions {
  readonly from: Db;
  /** With tables of the same version, all empty. */
  readonly to: Db;
  readonly signal: AbortSignal;
  /** While it goes on: rows of this table that were copied. */
  readonly onProgress: (table: string, rows: number) => void;
}

/** Resolves once all is durable. Rejects with `conflict` where there are rows already. */
export function copyDb({ from, to, signal, onProgress }: CopyOptions): Promise<CopiedTable[]> {
  return alterTables(to, async (sql) => {
    for (const { name } of tables)
      if (await sql.get(`SELECT 1 AS one FROM ${name} LIMIT 1`)) throw notEmpty(name);
    const copied: CopiedTable[] = [];
    for (const table of tables) {
      const read = createDigest();
      for await (const rows of pagesOf(from, table)) {
        signal.throwIfAborted();
        await insert(sql, table.name, rows);
        read.add(rows);
        onProgress(table.name, read.rows());
      }
      const columns = read.columns();
      const written = createDigest(columns);
      for await (const rows of pagesOf(sql, table, columns)) written.add(rows);
      const sha256 = read.sha256();
      if (written.rows() !== read.rows() || written.sha256() !== sha256) throw differs(table.name);
      copied.push({ table: table.name, rows: read.rows(), sha256 });
    }
    return copied;
  });
}

const pageRows = 500;

async function* pagesOf(
  sql: Sql,
  { name, key }: Table,
  columns: readonly string[] = [],
): AsyncGenerator<readonly SqlRow[]> {
  const names = columns.length === 0 ? "*" : columns.join(", ");
  const places = key.map((_, i) => `$${i + 1}`).join(", ");
  const order = `ORDER BY ${key.join(", ")} LIMIT ${pageRows}`;
  let rows = await sql.all(`SELECT ${names} FROM ${name} ${order}`);
  while (rows.length > 0) {
    yield rows;
    const last = rows.at(-1) ?? {};
    rows = await sql.all(
      `SELECT ${names} FROM ${name} WHERE (${key.join(", ")}) > (${places}) ${order}`,
      key.map((column) => last[column] ?? null),
    );
  }
}

/** Postgres takes 65535 parameters in one statement. */
const parametersMax = 8000;

async function insert(sql: Sql, name: string, rows: readonly SqlRow[]): Promise<void> {
  const columns = Object.keys(rows[0] ?? {});
  const few = Math.floor(parametersMax / columns.length);
  for (let from = 0; from < rows.length; from += few) {
    const part = rows.slice(from, from + few);
    const values = part.map((_, row) => {
      const places = columns.map((_column, i) => `$${row * columns.length + i + 1}`);
      return `(${places.join(", ")})`;
    });
    await sql.run(
      `INSERT INTO ${name} (${columns.join(", ")}) VALUES ${values.join(", ")}`,
      part.flatMap((row) => valuesOf(row, columns)),
    );
  }
}

function valuesOf(row: SqlRow, columns: readonly string[]): SqlValue[] {
  return columns.map((column) => row[column] ?? null);
}

interface RowDigest {
  add(rows: readonly SqlRow[]): void;
  rows(): number;
  /** Of the first row. */
  columns(): readonly string[];
  sha256(): string;
}

function createDigest(columns: readonly string[] = []): RowDigest {
  const hash = createHash("sha256");
  let names = columns;
  let count = 0;
  return {
    add(rows) {
      if (names.length === 0) names = Object.keys(rows[0] ?? {});
      for (const row of rows) hash.update(`${JSON.stringify(valuesOf(row, names))}\n`);
      count += rows.length;
    },
    rows: () => count,
    columns: () => names,
    sha256: () => hash.copy().digest("hex"),
  };
}

function notEmpty(name: string): WaybillError {
  const detail = `The database has rows already, in ${name}: it must be a new one.`;
  return new WaybillError({ code: "conflict", detail });
}

function differs(name: string): WaybillError {
  const detail = `What was written to ${name} does not read back as it was: nothing was kept.`;
  return new WaybillError({ code: "internal", detail });
}
