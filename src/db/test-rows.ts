// Rows to test a database with.
import assert from "node:assert/strict";
import { isWaybillError } from "../base/fault.js";
import { resources } from "./resources.js";
import { tombstones } from "./tombstones.js";
import type { JsonObject } from "../base/json.js";
import type { BlobRow } from "./blobs.js";
import type { Db, Sql } from "./db.js";
import type { UploadRow } from "./uploads.js";

export interface DbUnderTest {
  /** With its tables, all empty. */
  readonly db: Db;
  /** A second connection to the same rows, as another process has it; absent where there can be none. */
  reopen?(): Promise<Db>;
  dispose(): Promise<void>;
}

export type DbCases = Record<string, (db: Db, subject: DbUnderTest) => Promise<void>>;

export function blob(n: number, more: Partial<BlobRow["reference"]> = {}): BlobRow {
  const sha256 = String(n).padStart(64, "0");
  const reference = { id: `b${n}`, mediaType: "image/png", size: 2 ** 33 + n, sha256, ...more };
  return { reference, key: `k${n}`, createdAt: 1_700_000_000_000 + n };
}

export function name(id: string): { collection: string; id: string } {
  return { collection: "c", id };
}

export function row(id: string, seq: number, document: JsonObject) {
  const times = { createdAt: 100 + seq, updatedAt: 100 + seq };
  return { ...name(id), seq, document, draft: false, ...times };
}

export function change(id: string, expectedVersion: number, document: JsonObject) {
  return { ...name(id), document, draft: false, updatedAt: 99, expectedVersion };
}

export function upload(id: string, more: Partial<UploadRow> = {}): UploadRow {
  return {
    id,
    key: `k${id}`,
    state: "verified",
    tokenDigest: `digest ${id}`,
    principal: "ada",
    operation: null,
    property: "/ü",
    size: 2 ** 33,
    sha256: null,
    sha512: null,
    target: null,
    received: 2 ** 33,
    epoch: 0,
    leaseUntil: 0,
    filename: "ü.png",
    declaredType: null,
    role: null,
    metadata: null,
    concat: null,
    direct: null,
    session: null,
    version: null,
    createdAt: 1,
    expiresAt: 100,
    blob: undefined,
    ...more,
  };
}

export async function put(sql: Sql, id: string): Promise<void> {
  const seq = await resources.nextId(sql, "c");
  await resources.insert(sql, row(id, seq, {}));
}

/** Keys of tombstones. */
export async function buriedKeys(
  sql: Sql,
  of: Parameters<typeof tombstones.oldest>[1],
): Promise<string[]> {
  return (await tombstones.oldest(sql, of)).map(({ key }) => key);
}

export async function idsOf(sql: Sql): Promise<string[]> {
  const rows = await sql.all<{ id: string }>("SELECT id FROM resource ORDER BY id");
  return rows.map(({ id }) => id);
}

export async function assertCode(work: Promise<unknown>, code: string): Promise<void> {
  await assert.rejects(work, (error) => isWaybillError(error) && error.code === code);
}
