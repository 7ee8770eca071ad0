// The event log's end: what happened long ago is forgotten, a little at a time.
import type { Clock } from "../base/clock.js";
import type { Db } from "../db/db.js";
import { events } from "../db/events.js";

const stepMax = 200;

export interface ForgetEventsOptions {
  readonly db: Db;
  readonly clock: Clock;
  readonly keepMs: number;
}

/** Some of those that are old enough; resolves to whether there may be more. */
export async function forgetEvents({ db, clock, keepMs }: ForgetEventsOptions): Promise<boolean> {
  const beforeMs = clock.now() - keepMs;
  const gone = await db.transaction((sql) => events.prune(sql, { beforeMs, limit: stepMax }));
  return gone === stepMax;
}
