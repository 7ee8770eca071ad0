// Indexes on properties of JSON documents: without one, a filtered list reads the whole collection.
import { createHash } from "node:crypto";
import { jsonOrder } from "./json-property.js";
import { gatherStatistics } from "./sqlite-statistics.js";
import type { Sql } from "./db.js";

/**
 * Makes lists filtered or ordered by these properties fast; does nothing for those that have one. Each slows writing a
 * little. Wants to be called in `alterBeside`.
 */
export async function indexProperties(sql: Sql, properties: Iterable<string>): Promise<void> {
  for (const property of properties) {
    const places = jsonOrder(sql.dialect, property);
    if (places.some((place) => place.startsWith("(SELECT"))) continue; // no index holds a subquery
    const name = `property_${createHash("sha256").update(property).digest("hex").slice(0, 16)}`;
    const columns = `resource (collection, draft, ${places.join(", ")}, seq)`;
    if (sql.dialect === "sqlite") await sql.run(`CREATE INDEX IF NOT EXISTS ${name} ON ${columns}`);
    else await makeBeside(sql, name, columns);
  }
  // Postgres gathers its statistics by itself.
  if (sql.dialect === "sqlite") await gatherStatistics(sql);
}

/** While others write. One that was cut short is there, but nothing is found by it (PostgreSQL, CREATE INDEX). */
async function makeBeside(sql: Sql, name: string, columns: string): Promise<void> {
  const found = await sql.get(
    "SELECT indisvalid AS usable FROM pg_index WHERE indexrelid = to_regclass($1)",
    [name],
  );
  if (found?.["usable"] === 1) return;
  if (found) await sql.run(`DROP INDEX CONCURRENTLY ${name}`);
  await sql.run(`CREATE INDEX CONCURRENTLY ${name} ON ${columns}`);
}
