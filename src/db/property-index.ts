// Indexes on properties of JSON documents: without one, a filtered list reads the whole collection.
import { createHash } from "node:crypto";
import { jsonOrder } from "./json-property.js";
import { gatherStatistics } from "./sqlite-statistics.js";
import type { Sql } from "./db.js";

/** Makes lists filtered or ordered by these properties fast; does nothing for those that have one. Each slows writing a little. */
export async function indexProperties(sql: Sql, properties: Iterable<string>): Promise<void> {
  for (const property of properties) {
    const places = jsonOrder(sql.dialect, property);
    if (places.some((place) => place.startsWith("(SELECT"))) continue; // no index holds a subquery
    const name = `property_${createHash("sha256").update(property).digest("hex").slice(0, 16)}`;
    if (await isThere(sql, name)) continue;
    await sql.run(
      `CREATE INDEX IF NOT EXISTS ${name} ON resource (collection, draft, ${places.join(", ")}, seq)`,
    );
  }
  // Postgres gathers its statistics by itself.
  if (sql.dialect === "sqlite") await gatherStatistics(sql);
}

// "IF NOT EXISTS" waits in Postgres for all who are writing, and holds up all who would, before it looks.
async function isThere(sql: Sql, name: string): Promise<boolean> {
  if (sql.dialect !== "postgres") return false;
  const row = await sql.get("SELECT to_regclass($1) IS NOT NULL AS there", [name]);
  return row?.["there"] === 1;
}
