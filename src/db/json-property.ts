// How a property of a JSON document is reached in SQL: the one place where the databases differ.
// Names become part of the text, quoted, since an index serves only the very text it was made of.
import type { Dialect } from "./db.js";

/** An SQL expression for a top-level property of `document`: text, number, 1 or 0, or NULL. */
export function jsonProperty(dialect: Dialect, name: string): string {
  if (dialect === "postgres") return `(document::jsonb ->> ${quote(name)})`;
  // SQLite's paths have no escapes, and match a label by the very text that stands in the JSON.
  if (/["\\\p{Cc}]/u.test(name)) {
    return `(SELECT atom FROM json_each(document) WHERE key = ${quote(name)})`;
  }
  return `(document ->> ${quote(`$."${name}"`)})`;
}

/** `'true'` or `'false'` for a boolean property, so that 1 and 0 stay numbers. */
export function jsonType(dialect: Dialect, name: string): string {
  if (dialect === "postgres") return `(document::jsonb -> ${quote(name)})::text`;
  return `(SELECT type FROM json_each(document) WHERE key = ${quote(name)})`;
}

/** A string literal (SQL-92 §5.3). NUL would end the statement. */
function quote(text: string): string {
  return `'${text.replaceAll("\0", "").replaceAll("'", "''")}'`;
}
