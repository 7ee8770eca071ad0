// Where rows or blobs are, as a user says it: a URL, a path, or `:memory:`. What is shown of a URL has no secrets.

/** In lower case, without the colon; undefined for a path. One letter is a drive. */
export function schemeOf(place: string): string | undefined {
  return /^([a-z][a-z\d+.-]+):\/\//i.exec(place)?.[1]?.toLowerCase();
}

/** Neither user, password nor parameters: some storages take their keys there. */
export function showPlace(place: string): string {
  const scheme = schemeOf(place);
  if (scheme === undefined) return place;
  if (!URL.canParse(place)) return `${scheme}://…`;
  const { host, pathname } = new URL(place);
  return `${scheme}://${host}${pathname}`;
}

/** Throws a TypeError that does not repeat it. */
export function urlOf(name: string, place: string): URL {
  if (URL.canParse(place)) return new URL(place);
  throw new TypeError(`${name}: ${showPlace(place)} cannot be read as a URL.`);
}

/** Throws a TypeError that names those that there are. */
export function refuseScheme(name: string, place: string, known: readonly string[]): never {
  const list = known.map((each) => `${each}://`).join(", ");
  throw new TypeError(
    `${name}: there is nothing for ${schemeOf(place)}://; there are ${list}, a path and :memory:.`,
  );
}
