// Drafts that nobody completed in time: they go as deleted resources do, with their files and all that
// is below them. Each is a transaction of its own, so that no request waits for more than one.
import type { Clock } from "../base/clock.js";
import type { Db } from "../db/db.js";
import { resources, type ResourceRow } from "../db/resources.js";
import { removeBelow, removeResource } from "./remove-resource.js";

const pageSize = 20;

/** Some of them; resolves to whether there may be more. Bytes are left to their tombstones. */
export async function expireDrafts({ db, clock }: { db: Db; clock: Clock }): Promise<boolean> {
  const page = await resources.expired(db, { nowMs: clock.now(), limit: pageSize });
  const gone = await Promise.all(page.map((row) => expireDraft({ db, clock }, row)));
  return page.length === pageSize && gone.includes(true);
}

/** One of them; false when it is gone. Completing it changes its version as well: exactly one of the two wins. */
export function expireDraft(
  { db, clock }: { db: Db; clock: Clock },
  row: ResourceRow,
): Promise<boolean> {
  return db.transaction(async (sql) => {
    if (!(await resources.claimExpired(sql, row))) return false;
    const nowMs = clock.now();
    await removeResource(sql, row, { nowMs, removal: "draft-expired" });
    await removeBelow(sql, row, nowMs);
    return true;
  });
}
