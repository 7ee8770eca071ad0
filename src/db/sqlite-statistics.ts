// What SQLite knows of the values in its indexes. It gathers that only when it is told, and without it a list that filters
// by one property and is ordered by another may read the whole collection, in the order of the other's index.
import type { GroupCommit } from "./group-commit.js";
import type { Sql } from "./db.js";

/** Beyond what tables grow by within a day, nothing changes for the planner. */
const intervalMs = 60 * 60 * 1000;

/** Within a transaction. Some milliseconds for any size, as `analysis_limit` has it look at samples. */
export async function gatherStatistics(sql: Sql): Promise<void> {
  // Other connections read them again when the schema changes, and no sooner.
  await sql.run("DROP TABLE IF EXISTS sqlite_stat1");
  await sql.run("ANALYZE resource");
}

/** Gathers them anew from time to time, as collections grow. Does not keep the process alive; resolves to what ends it. */
export function keepStatistics(queue: GroupCommit): () => void {
  // What it cannot do now it does next time: nothing but speed depends on it.
  const gather = (): void => void queue.add(gatherStatistics).catch(() => undefined);
  const timer = setInterval(gather, intervalMs).unref();
  return () => clearInterval(timer);
}
