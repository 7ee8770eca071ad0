// Where clients reach the server, as a user gives it.

/** Throws a TypeError that names the option. */
export function publicUrlOf(said: unknown): string | undefined {
  if (said === undefined) return undefined;
  const url = typeof said === "string" && URL.canParse(said) ? new URL(said) : undefined;
  const isBase = url && /^https?:$/.test(url.protocol) && !/[?#]/.test(url.href);
  if (isBase) return String(said);
  throw new TypeError(
    `publicUrl must be an http or https URL without a query, not ${JSON.stringify(said)}.`,
  );
}
