// How a property of a JSON document is reached in SQL: the one place where the databases differ.
// Names become part of the text, quoted, since an index serves only the very text it was made of.
import type { Dialect, SqlValue } from "./db.js";
import { toPostgresText } from "./postgres-text.js";

export interface JsonEquality {
  readonly name: string;
  readonly value: string | number | boolean | null;
  /** Where the parameter stands, e.g. `$2`. */
  readonly place: string;
}

/**
 * SQL expressions for a top-level property of `document`, to be ordered and found by, one after the other: what is absent
 * or null before numbers, among which `true` is 1 and `false` 0, before text, in the order of its octets.
 */
export function jsonOrder(dialect: Dialect, name: string): readonly string[] {
  return dialect === "postgres" ? [rank(name), beginning(name)] : [atom(name)];
}

/** Whether the property is this value, of the same type; with what stands at its place. NULL is what is absent too. */
export function jsonEquals(
  dialect: Dialect,
  equality: JsonEquality,
): { term: string; param?: SqlValue } {
  return dialect === "postgres" ? equalsInPostgres(equality) : equalsInSqlite(equality);
}

/** Text, number, 1 or 0, or NULL. */
function atom(name: string): string {
  // SQLite's paths have no escapes, and match a label by the very text that stands in the JSON.
  if (/["\\\p{Cc}]/u.test(name)) {
    return `(SELECT atom FROM json_each(document) WHERE key = ${quote(name)})`;
  }
  return `(document ->> ${quote(`$."${name}"`)})`;
}

function equalsInSqlite({ name, value, place }: JsonEquality): { term: string; param?: SqlValue } {
  if (value === null) return { term: `${atom(name)} IS NULL` };
  const isOneOf = (types: string): string =>
    `(SELECT type FROM json_each(document) WHERE key = ${quote(name)}) IN (${types})`;
  if (typeof value === "boolean")
    return { term: `${atom(name)} = ${Number(value)} AND ${isOneOf(`'${value}'`)}` };
  const equals = `${atom(name)} = ${place}`;
  if (value === 0 || value === 1)
    return { term: `${equals} AND ${isOneOf("'integer', 'real'")}`, param: value };
  // An array or an object is its text, too.
  if (typeof value === "string" && /^[[{]/.test(value))
    return { term: `${equals} AND ${isOneOf("'text'")}`, param: value };
  return { term: equals, param: value };
}

/**
 * The document as Postgres can look into it, which knows no U+0000 and no half of a surrogate pair: what JSON.stringify
 * escapes of these is written as `toPostgresText` writes it, and halves as what sorts where they would. An escaped
 * backslash is put aside meanwhile. It never fails for what JSON.stringify wrote.
 */
export const postgresJson = String.raw`CASE WHEN position('\u' IN document) = 0 THEN document
  ELSE replace(regexp_replace(replace(replace(replace(document, '\\', chr(1)),
    '\u0001', '\u0001\u0002'), '\u0000', '\u0001\u0001'),
    '\\u(d[89a-f][0-9a-f]{2})', '\\ud7ff\1', 'g'), chr(1), '\\') END::jsonb`;

// SQLite orders by type before value. Of `json`, the column that holds `postgresJson`.
function rank(name: string): string {
  const value = `(json -> ${quote(toPostgresText(name))})`;
  return `(CASE jsonb_typeof${value} WHEN 'number' THEN ${value}::float8
    WHEN 'boolean' THEN CASE WHEN ${value}::boolean THEN 1 ELSE 0 END
    WHEN 'string' THEN 'Infinity' WHEN 'array' THEN 'Infinity' WHEN 'object' THEN 'Infinity'
    ELSE '-Infinity' END)`;
}

/** A row of an index has room for so many characters of whatever kind (PostgreSQL §64.4: a third of a page). */
const beginningMax = 400;

function beginning(name: string): string {
  const key = quote(toPostgresText(name));
  return `(CASE WHEN jsonb_typeof(json -> ${key}) IN ('string', 'array', 'object')
    THEN left(json ->> ${key}, ${beginningMax}) ELSE '' END COLLATE "C")`;
}

function equalsInPostgres({ name, value, place }: JsonEquality): {
  term: string;
  param?: SqlValue;
} {
  const key = quote(toPostgresText(name));
  // All that the index is made of is said, so that it gives what is found in the order of `seq`.
  const noText = `${beginning(name)} = ''`;
  if (value === null) return { term: `${rank(name)} = '-Infinity' AND ${noText}` };
  const isOf = (type: string): string => `jsonb_typeof(json -> ${key}) = '${type}'`;
  if (typeof value === "string") {
    const found = `${rank(name)} = 'Infinity' AND ${beginning(name)} = left(${place}, ${beginningMax})`;
    return { term: `${found} AND json ->> ${key} = ${place} AND ${isOf("string")}`, param: value };
  }
  const type = isOf(typeof value === "boolean" ? "boolean" : "number");
  return { term: `${rank(name)} = ${place} AND ${noText} AND ${type}`, param: Number(value) };
}

/** A string literal (SQL-92 §5.3). NUL would end the statement. */
function quote(text: string): string {
  return `'${text.replaceAll("\0", "").replaceAll("'", "''")}'`;
}
