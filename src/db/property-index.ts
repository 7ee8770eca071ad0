// Indexes on properties of JSON documents: without one, a filtered list reads the whole collection.
import { createHash } from "node:crypto";
import { jsonProperty } from "./json-property.js";
import type { Sql } from "./db.js";

/** Makes lists filtered or ordered by these properties fast; does nothing for those that have one. Each slows writing a little. */
export async function indexProperties(sql: Sql, properties: Iterable<string>): Promise<void> {
  for (const property of properties) {
    const place = jsonProperty(sql.dialect, property);
    if (place.startsWith("(SELECT")) continue; // no index holds a subquery
    const name = `property_${createHash("sha256").update(property).digest("hex").slice(0, 16)}`;
    await sql.run(
      `CREATE INDEX IF NOT EXISTS ${name} ON resource (collection, draft, ${place}, seq)`,
    );
  }
}
