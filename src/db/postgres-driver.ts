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
    throw new WaybillError(missingFault, { cause: error });
  }
}

const missingFault = {
  code: "unavailable",
  detail: "Postgres needs the package pg: npm install pg",
} as const;
