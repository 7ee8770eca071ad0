// Several changes of resources as one: all of them, or none.
import { joinedDb } from "../db/joined-db.js";
import type { Sql } from "../db/db.js";
import { createResources, type ResourcesOf, type ResourcesOptions } from "./resources.js";

/** `work` awaits changes by `resourcesOf` alone: everyone else is waiting for it. Bytes are deleted afterwards. */
export type Transact = <Value>(
  work: (resourcesOf: ResourcesOf, sql: Sql) => Promise<Value>,
) => Promise<Value>;

export function createTransact(options: ResourcesOptions): Transact {
  const { db, reap } = options;
  return async (work) => {
    const value = await db.transaction((sql) => {
      const db = joinedDb(sql);
      return work(createResources({ ...options, db, reap: async () => undefined }), sql);
    });
    await reap();
    return value;
  };
}
