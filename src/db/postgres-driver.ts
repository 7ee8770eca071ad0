// The one place that knows the package `pg`, which who wants Postgres installs beside Waybill.
import type pg from "pg";
import { WaybillError } from "../base/fault.js";

export type PgModule = typeof pg;
export type PgPool = pg.Pool;
export type PgClient = pg.PoolClient;

/** Rejects with `unavailable` where it is not installed. */
export async function loadPg(): Promise<PgModule> {
  try {
    return (await import("pg")).default;
  } catch (error) {
    // It may be there, and fail as it is loaded.
    if ((error as { code?: unknown }).code !== "ERR_MODULE_NOT_FOUND") throw error;
    throw new WaybillError(missingFault, { cause: error });
  }
}

const missingFault = {
  code: "unavailable",
  detail: "Postgres needs the package pg: npm install pg",
} as const;
