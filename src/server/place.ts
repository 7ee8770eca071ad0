// Where rows or blobs are, as a user says it: a URL, a path, or `:memory:`. What is shown of a URL has no secrets.
import { resolve } from "node:path";
import { fileURLToPath } from "node:url";

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
  if (URL.canParse(place) && !isMisspelt(new URL(place))) return new URL(place);
  throw new TypeError(`${name}: ${showPlace(place)} cannot be read as a URL.`);
}

/** A percent sign that begins nothing (RFC 3986 §2.1). */
function isMisspelt({ host, pathname }: URL): boolean {
  return /%(?![\da-f]{2})/i.test(host + pathname);
}

/** Throws a TypeError for a URL without its slashes: a folder would be made with a password in its name. */
export function requirePath(name: string, place: string): string {
  const scheme = /^(postgres(ql)?|s3|azure|gs|file):/i.exec(place)?.[1];
  if (scheme === undefined) return place;
  throw new TypeError(`${name}: two slashes are missing behind ${scheme}:`);
}

/** Whether both are one, however they are said. */
export function isSamePlace(one: string, other: string): boolean {
  return plainPlace(one) === plainPlace(other);
}

function plainPlace(place: string): string {
  const scheme = schemeOf(place);
  if (scheme === undefined) return resolve(place);
  if (!URL.canParse(place)) return place;
  const url = new URL(place);
  if (scheme === "file") return resolve(fileURLToPath(url));
  url.pathname = url.pathname.replace(/\/+$/, "");
  url.searchParams.sort();
  return url.href;
}

/** Throws a TypeError that names those that there are. */
export function refuseScheme(name: string, place: string, known: readonly string[]): never {
  const list = known.map((each) => `${each}://`).join(", ");
  throw new TypeError(
    `${name}: there is nothing for ${schemeOf(place)}://; there are ${list}, a path and :memory:.`,
  );
}
