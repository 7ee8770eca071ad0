// What a failing SQLite means to a client. The statement stays in the cause, for the log only.
import { isWaybillError, WaybillError } from "../base/fault.js";
import type { Fault } from "../base/fault.js";

const faults: readonly (readonly [prefix: string, fault: Fault])[] = [
  ["SQLITE_CONSTRAINT", { code: "conflict", detail: "The database refuses this change." }],
  ["SQLITE_BUSY", { code: "unavailable", detail: "Another process is using the database." }],
  ["SQLITE_LOCKED", { code: "unavailable", detail: "Another process is using the database." }],
  ["SQLITE_FULL", { code: "insufficient-storage", detail: "The disk of the database is full." }],
  ["SQLITE_NOTADB", { code: "unavailable", detail: "The database file is not a database." }],
  ["SQLITE_CORRUPT", { code: "unavailable", detail: "The database file is damaged." }],
  ["SQLITE_READONLY", { code: "unavailable", detail: "The database file may not be written." }],
  ["SQLITE_CANTOPEN", { code: "unavailable", detail: "The database file cannot be opened." }],
  ["SQLITE_IOERR", { code: "unavailable", detail: "The disk of the database fails." }],
];

/** The error with its fault, and the original as its cause; a WaybillError is passed through. */
export function databaseFault(error: unknown): WaybillError {
  if (isWaybillError(error)) return error;
  const code = sqliteCode(error);
  const found = faults.find(([prefix]) => code.startsWith(prefix));
  const fault = found?.[1] ?? { code: "internal", detail: "The database refuses a statement." };
  return new WaybillError(fault, { cause: error });
}

function sqliteCode(error: unknown): string {
  if (!(error instanceof Error)) return "";
  // Opening fails without a code.
  if (error.message.startsWith("ConnectionFailed")) return "SQLITE_CANTOPEN";
  return "code" in error && typeof error.code === "string" ? error.code : "";
}
