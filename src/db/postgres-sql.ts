// The Sql of one connection to Postgres: parameters, prepared statements, values as every database gives them.
import type { Sql, SqlRow, SqlValue } from "./db.js";
import type { PgClient } from "./postgres-driver.js";
import { fromPostgresText, toPostgresText } from "./postgres-text.js";

type Params = readonly SqlValue[];

/** What one statement gave. */
export interface Answer {
  readonly rows: SqlRow[];
  readonly changed: number;
  /** Of what was done, e.g. `COMMIT`. */
  readonly command: string;
}

/** Runs one statement on the connection of the moment, now or later; may refuse by throwing. */
export type RunStatement = (text: string, params?: Params) => Promise<Answer>;

export function createPostgresSql(run: RunStatement, number?: Sql["number"]): Sql {
  // What a row holds is known to who wrote the statement.
  const all = async <Row extends SqlRow>(text: string, params?: Params): Promise<Row[]> =>
    (await run(text, params)).rows as Row[];
  return {
    dialect: "postgres",
    run: async (text, params) => (await run(text, params)).changed,
    all,
    get: async <Row extends SqlRow>(text: string, params?: Params) =>
      (await all<Row>(text, params))[0],
    ...(number && { number }),
  };
}

/** Statements that each connection keeps prepared, at most. */
const namedMax = 500;

/** Names for texts, the first ones that come: Postgres keeps what has a name until the connection ends. */
export type StatementNames = Map<string, string>;

export async function query(
  client: PgClient,
  names: StatementNames,
  { text, params = [] }: { text: string; params?: Params | undefined },
): Promise<Answer> {
  const name =
    names.get(text) ?? (names.size < namedMax && isRepeated(text) ? `w${names.size}` : undefined);
  if (name !== undefined) names.set(text, name);
  const values = params.map(bind);
  const { rows, rowCount, command } = await client.query<SqlRow>({
    text,
    values,
    types,
    ...(name !== undefined && { name }),
  });
  return { rows, changed: rowCount ?? 0, command };
}

// Whatever changes tables is said once, and a name would bring it to nothing.
function isRepeated(text: string): boolean {
  return /^\s*(SELECT|INSERT|UPDATE|DELETE|WITH)\b/i.test(text);
}

function bind(value: SqlValue): string | null {
  if (value === null) return null;
  if (typeof value === "string") return toPostgresText(value);
  if (typeof value === "number") return String(value);
  throw new TypeError(`A ${typeof value} is no SQL value.`);
}

// int8, int2, int4, oid, float4, float8, numeric (PostgreSQL, pg_type.dat)
const numeric = new Set([20, 21, 23, 26, 700, 701, 1700]);
const boolean = 16;

const types = { getTypeParser: parserOf };

function parserOf(oid: number): (text: string) => SqlValue {
  if (numeric.has(oid)) return Number;
  return oid === boolean ? (text) => (text === "t" ? 1 : 0) : fromPostgresText;
}
