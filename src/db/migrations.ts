// The tables, as steps from one version to the next. A step that has been released never changes;
// the texts run on every database.
import { isWaybillError, WaybillError } from "../base/fault.js";
import { alterTables } from "./alter-tables.js";
import type { Db, Dialect, Sql } from "./db.js";
import { postgresJson } from "./json-property.js";

/** For every database, or for one. */
type Text = string | Readonly<Partial<Record<Dialect, string>>>;

/** Step n leads from version n to n + 1. Times are milliseconds since the Unix epoch. */
const steps: readonly (readonly Text[])[] = [
  [
    `CREATE TABLE resource (
      collection TEXT NOT NULL,
      id TEXT NOT NULL,
      seq BIGINT NOT NULL,
      document TEXT NOT NULL,
      version BIGINT NOT NULL,
      draft INTEGER NOT NULL,
      created_at BIGINT NOT NULL,
      updated_at BIGINT NOT NULL,
      PRIMARY KEY (collection, id)
    )`,
    `CREATE UNIQUE INDEX resource_seq ON resource (collection, seq)`,
    `CREATE TABLE sequence (
      collection TEXT NOT NULL PRIMARY KEY,
      next BIGINT NOT NULL
    )`,
    `CREATE TABLE blob (
      id TEXT NOT NULL PRIMARY KEY,
      key TEXT NOT NULL UNIQUE,
      size BIGINT NOT NULL,
      sha256 TEXT NOT NULL,
      media_type TEXT NOT NULL,
      filename TEXT,
      width INTEGER,
      height INTEGER,
      created_at BIGINT NOT NULL
    )`,
    `CREATE TABLE attachment (
      collection TEXT NOT NULL,
      resource_id TEXT NOT NULL,
      property TEXT NOT NULL,
      position INTEGER NOT NULL,
      blob_id TEXT NOT NULL REFERENCES blob (id) ON DELETE RESTRICT,
      created_at BIGINT NOT NULL,
      PRIMARY KEY (collection, resource_id, property, position),
      FOREIGN KEY (collection, resource_id) REFERENCES resource (collection, id) ON DELETE RESTRICT
    )`,
    `CREATE INDEX attachment_blob ON attachment (blob_id)`,
    `CREATE TABLE tombstone (
      key TEXT NOT NULL PRIMARY KEY,
      created_at BIGINT NOT NULL
    )`,
    `CREATE INDEX tombstone_created_at ON tombstone (created_at)`,
  ],
  [
    // `size` and `sha256` are what was promised; `blob_id` stands while the upload holds its bytes.
    `CREATE TABLE upload (
      id TEXT NOT NULL PRIMARY KEY,
      key TEXT NOT NULL UNIQUE,
      state TEXT NOT NULL,
      token_digest TEXT NOT NULL UNIQUE,
      principal TEXT,
      operation TEXT,
      property TEXT,
      size BIGINT,
      sha256 TEXT,
      received BIGINT NOT NULL,
      epoch BIGINT NOT NULL,
      lease_until BIGINT NOT NULL,
      filename TEXT,
      declared_type TEXT,
      created_at BIGINT NOT NULL,
      expires_at BIGINT NOT NULL,
      blob_id TEXT REFERENCES blob (id) ON DELETE RESTRICT
    )`,
    `CREATE INDEX upload_expires_at ON upload (expires_at)`,
    `CREATE INDEX upload_blob ON upload (blob_id)`,
  ],
  [
    `ALTER TABLE resource ADD COLUMN owner TEXT`,
    `ALTER TABLE resource ADD COLUMN expires_at BIGINT`,
    `CREATE INDEX resource_expires_at ON resource (expires_at) WHERE draft = 1`,
  ],
  [
    `CREATE TABLE idempotency (
      principal TEXT NOT NULL,
      operation TEXT NOT NULL,
      key TEXT NOT NULL,
      digest TEXT NOT NULL,
      status INTEGER NOT NULL,
      headers TEXT NOT NULL,
      body TEXT,
      created_at BIGINT NOT NULL,
      expires_at BIGINT NOT NULL,
      PRIMARY KEY (principal, operation, key)
    )`,
    `CREATE INDEX idempotency_expires_at ON idempotency (expires_at)`,
  ],
  [
    `ALTER TABLE upload ADD COLUMN role TEXT`,
    `ALTER TABLE upload ADD COLUMN metadata TEXT`,
    `ALTER TABLE upload ADD COLUMN concat TEXT`,
  ],
  [
    // It outlives what it is about, so it refers to nothing.
    `CREATE TABLE event (
      id TEXT NOT NULL PRIMARY KEY,
      type TEXT NOT NULL,
      at BIGINT NOT NULL,
      upload_id TEXT,
      blob_id TEXT,
      collection TEXT,
      resource_id TEXT,
      property TEXT,
      data TEXT NOT NULL
    )`,
    `CREATE INDEX event_at ON event (at)`,
    `CREATE INDEX event_upload ON event (upload_id) WHERE upload_id IS NOT NULL`,
    `CREATE INDEX event_blob ON event (blob_id) WHERE blob_id IS NOT NULL`,
    `CREATE INDEX event_resource ON event (collection, resource_id) WHERE resource_id IS NOT NULL`,
    // What the bytes were, for the event of their end.
    `ALTER TABLE tombstone ADD COLUMN blob_id TEXT`,
    `ALTER TABLE tombstone ADD COLUMN upload_id TEXT`,
  ],
  [`ALTER TABLE upload ADD COLUMN sha512 TEXT`],
  [
    // Of a file that stays elsewhere: where, and what its server called it. Nothing is stored under its key.
    `ALTER TABLE blob ADD COLUMN url TEXT`,
    `ALTER TABLE blob ADD COLUMN etag TEXT`,
  ],
  [
    // Who is told of events. `origin` is for people; the rest of the URL may be a secret.
    `CREATE TABLE webhook (
      id TEXT NOT NULL PRIMARY KEY,
      origin TEXT NOT NULL,
      created_at BIGINT NOT NULL,
      disabled_at BIGINT
    )`,
    // Of what it is told; of nothing while it is disabled.
    `CREATE TABLE webhook_type (
      type TEXT NOT NULL,
      webhook_id TEXT NOT NULL REFERENCES webhook (id) ON DELETE CASCADE,
      PRIMARY KEY (type, webhook_id)
    )`,
    // `next_at` is when it is tried next, and while it is being tried, until when that may last.
    `CREATE TABLE delivery (
      event_id TEXT NOT NULL REFERENCES event (id) ON DELETE CASCADE,
      webhook_id TEXT NOT NULL,
      state TEXT NOT NULL,
      attempts INTEGER NOT NULL,
      next_at BIGINT NOT NULL,
      created_at BIGINT NOT NULL,
      ended_at BIGINT,
      error TEXT,
      PRIMARY KEY (event_id, webhook_id)
    )`,
    `CREATE INDEX delivery_next ON delivery (webhook_id, next_at) WHERE state = 'waiting'`,
  ],
  [
    `CREATE TABLE lease (
      name TEXT NOT NULL PRIMARY KEY,
      holder TEXT NOT NULL,
      epoch BIGINT NOT NULL,
      until_at BIGINT NOT NULL
    )`,
  ],
  [`ALTER TABLE upload ADD COLUMN target TEXT`],
  // Their ids are in the order of time.
  [`DROP INDEX event_at`],
  [
    // What lists look into.
    {
      postgres: `ALTER TABLE resource ADD COLUMN json JSONB GENERATED ALWAYS AS (${postgresJson}) STORED`,
    },
  ],
  [
    // Of an upload that its client sends by itself: where to, what the storage needs to know again, and which version
    // of the object was verified.
    `ALTER TABLE upload ADD COLUMN direct TEXT`,
    `ALTER TABLE upload ADD COLUMN session TEXT`,
    `ALTER TABLE upload ADD COLUMN version TEXT`,
    // What the storage is to end along with the bytes.
    `ALTER TABLE tombstone ADD COLUMN session TEXT`,
    `CREATE TABLE secret (
      name TEXT NOT NULL PRIMARY KEY,
      value TEXT NOT NULL
    )`,
  ],
  [
    // Rows of those that have ended are kept for a day: whoever looks for what is due must not read them all again each time.
    `CREATE INDEX upload_due ON upload (expires_at, id)
      WHERE state IN ('reserved', 'receiving', 'stored', 'verified')`,
  ],
  // A foreign key reads next to where others insert. Where that is the last thing a transaction does, it is rarely found
  // to be in their way, and has to run again.
  [
    ["upload", "blob_id"], // in the order in which transactions write
    ["attachment", "blob_id"],
    ["attachment", "collection_resource_id"],
    ["delivery", "event_id"],
  ].map(([table, columns]) => ({
    postgres: `ALTER TABLE ${table} ALTER CONSTRAINT ${table}_${columns}_fkey DEFERRABLE INITIALLY DEFERRED`,
  })),
];

/** Text is ordered by its octets, as in SQLite, whatever the locale of the database. */
function textFor(dialect: Dialect, text: Text): string | undefined {
  if (typeof text !== "string") return text[dialect];
  return dialect === "postgres" ? text.replaceAll(/\bTEXT\b/g, 'TEXT COLLATE "C"') : text;
}

/** May refuse by rejecting. */
export type BeforeTables = () => Promise<void>;

/**
 * Brings the tables up to date; does nothing to those that are. Rejects with `unavailable` for tables of
 * a later Waybill, and with what `beforeTables` says where there are none yet: then there are none after.
 */
export function migrate(db: Db, beforeTables?: BeforeTables): Promise<void> {
  return alterTables(db, async (sql) => {
    await sql.run(
      "CREATE TABLE IF NOT EXISTS schema_version (version INTEGER NOT NULL PRIMARY KEY)",
    );
    const version = await currentVersion(sql);
    if (version > steps.length) throw new WaybillError(newerFault);
    if (version === 0) await beforeTables?.();
    for (const [i, texts] of steps.entries()) {
      if (i < version) continue;
      for (const each of texts) {
        const text = textFor(sql.dialect, each);
        if (text !== undefined) await sql.run(text);
      }
      await sql.run("INSERT INTO schema_version (version) VALUES ($1)", [i + 1]);
    }
  });
}

const newerFault = {
  code: "unavailable",
  detail: "The database was written by a later version of Waybill.",
} as const;

/** Rejects with `unavailable` where the tables are of another version: for whoever works beside a server. */
export async function requireTables(db: Db): Promise<void> {
  const table = await currentVersion(db).catch((error: unknown) => {
    if (isWaybillError(error) && error.code === "unavailable") throw error;
    return 0; // there is no such table
  });
  if (table > steps.length) throw new WaybillError(newerFault);
  if (table < steps.length) throw new WaybillError(olderFault);
}

const olderFault = {
  code: "unavailable",
  detail:
    "The database is of an earlier version of Waybill: start the server of this version first.",
} as const;

async function currentVersion(sql: Sql): Promise<number> {
  const row = await sql.get("SELECT COALESCE(MAX(version), 0) AS version FROM schema_version");
  return Number(row?.["version"] ?? 0);
}
