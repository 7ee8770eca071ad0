// The URL of a Postgres database: which server, and how many connections for how long. Says what is wrong with one
// without showing its password.

export interface PostgresSettings {
  /** For the driver: the URL without what is Waybill's own. */
  readonly connectionString: string;
  /** How operators see the connections. */
  readonly applicationName: string;
  /** Connections at most, of this process. */
  readonly pool: number;
  /** How long a connection may take, and how long one waits for a free one. */
  readonly connectTimeoutMs: number;
  /** How long one statement may take; locks are waited for half as long. */
  readonly statementTimeoutMs: number;
}

/** Of the driver: how to reach the server, and what it must prove. */
const driverNames = ["host", "sslcert", "sslkey", "sslmode", "sslrootcert"];

const numbers = {
  pool: { otherwise: 16, least: 3, most: 1000 },
  connectTimeoutMs: { otherwise: 5000, least: 100, most: 600_000 },
  statementTimeoutMs: { otherwise: 10_000, least: 100, most: 600_000 },
} as const;

const known = ["application_name", ...driverNames, ...Object.keys(numbers)].sort();

/** Throws a TypeError for what is no such URL, and for parameters that are not known. */
export function parsePostgresUrl(text: string): PostgresSettings {
  if (!URL.canParse(text)) throw new TypeError("The URL of the database cannot be read.");
  const url = new URL(text);
  if (!/^postgres(ql)?:$/.test(url.protocol))
    throw new TypeError(`A Postgres database has a URL postgres://…, not ${url.protocol}//…`);
  for (const name of url.searchParams.keys())
    if (!known.includes(name))
      throw new TypeError(
        `${name} is nothing that the URL of a database may say: ${known.join(", ")}.`,
      );
  const settings = {
    applicationName: url.searchParams.get("application_name") ?? "waybill",
    pool: whole(url, "pool"),
    connectTimeoutMs: whole(url, "connectTimeoutMs"),
    statementTimeoutMs: whole(url, "statementTimeoutMs"),
  };
  for (const name of ["application_name", ...Object.keys(numbers)]) url.searchParams.delete(name);
  return { connectionString: url.href, ...settings };
}

function whole(url: URL, name: keyof typeof numbers): number {
  const { otherwise, least, most } = numbers[name];
  const text = url.searchParams.get(name);
  if (text === null) return otherwise;
  const number = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN;
  if (number >= least && number <= most) return number;
  throw new TypeError(`${name} is a whole number from ${least} to ${most}.`);
}
