// What a failing Postgres means to a client. The statement stays in the cause, for the log only.
import { isWaybillError, WaybillError } from "../base/fault.js";
import type { Fault } from "../base/fault.js";

const away = { code: "unavailable", detail: "The database does not answer." } as const;

export const readOnlyFault = {
  code: "unavailable",
  detail: "The database may not be written.",
} as const;

const unreadable = {
  code: "unavailable",
  detail: "A certificate or key that the URL of the database names cannot be read.",
} as const;

/** By the beginning of SQLSTATE (PostgreSQL, Appendix A); the first that fits. */
const faults: readonly (readonly [prefix: string, fault: Fault])[] = [
  ["23", { code: "conflict", detail: "The database refuses this change." }],
  ["53100", { code: "insufficient-storage", detail: "The disk of the database is full." }],
  ["53300", { code: "unavailable", detail: "The database has no connection left." }],
  ["53", { code: "unavailable", detail: "The database is out of resources." }],
  ["40", { code: "unavailable", detail: "The database is busy with the same rows." }],
  ["55P03", { code: "unavailable", detail: "The database is busy with the same rows." }],
  ["57014", { code: "unavailable", detail: "The database took too long." }],
  ["25P0", { code: "unavailable", detail: "The database took too long." }],
  ["25006", readOnlyFault],
  ["28", { code: "unavailable", detail: "The database refuses its user." }],
  ["42501", { code: "unavailable", detail: "The user of the database may not do this." }],
  ["3D000", { code: "unavailable", detail: "There is no such database." }],
  ["08", away],
  ["57P", away],
  ["58", { code: "unavailable", detail: "The disk of the database fails." }],
  ["XX001", { code: "unavailable", detail: "The database is damaged." }],
  ["XX002", { code: "unavailable", detail: "The database is damaged." }],
];

/** The error with its fault, and the original as its cause; a WaybillError is passed through. */
export function postgresFault(error: unknown): WaybillError {
  if (isWaybillError(error)) return error;
  const state = sqlState(error);
  if (isUnreadable(error)) return new WaybillError(unreadable, { cause: error });
  // Without one it is not from the server: the connection is lost, or the driver gave up waiting.
  if (state === undefined && !(error instanceof TypeError))
    return new WaybillError(away, { cause: error });
  const found = faults.find(([prefix]) => state?.startsWith(prefix));
  const fault = found?.[1] ?? { code: "internal", detail: "The database refuses a statement." };
  return new WaybillError(fault, { cause: error });
}

/** A file that the URL names, as `sslrootcert`. A socket that is not there fails to `connect`. */
function isUnreadable(error: unknown): boolean {
  return error instanceof Error && "syscall" in error && /^(open|read)$/.test(`${error.syscall}`);
}

/** Of an error that the server itself sent. */
export function sqlState(error: unknown): string | undefined {
  if (!(error instanceof Error) || !("code" in error) || !("severity" in error)) return undefined;
  return typeof error.code === "string" ? error.code : undefined;
}

/** Neither did anything go wrong nor is anything left of it: to be run again from its beginning. */
export function isSerializationFailure(error: unknown): boolean {
  const state = sqlState(error);
  return state === "40001" || state === "40P01";
}

/** A constraint that refused; what another transaction did meanwhile may be the reason. */
export function isConstraintFailure(error: unknown): boolean {
  return sqlState(error)?.startsWith("23") ?? false;
}

/** The connection is gone, and not because a time was up. */
export function isConnectionLoss(error: unknown): boolean {
  const state = sqlState(error);
  if (state !== undefined) return state.startsWith("08") || state.startsWith("57P01");
  return error instanceof Error && /terminated|ECONNRESET|EPIPE|not queryable/.test(error.message);
}

/** The server itself says that nothing was done, and goes on. */
export function isRefusal(error: unknown): boolean {
  const state = sqlState(error);
  if (state === undefined) return false;
  // The severity is in the language of the server's messages (PostgreSQL §53.8, field S).
  const { severity } = error as { severity?: unknown };
  return severity === "ERROR" || refusals.some((each) => state.startsWith(each));
}

/** Serialization, constraints that waited for the COMMIT, their locks and memory, and times that were up. */
const refusals = ["40", "23", "55P03", "53200", "57014"];
