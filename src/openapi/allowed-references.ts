// Which documents elsewhere a document may refer to: nothing, unless whoever runs it says so.
import { DocumentError } from "./document-error.js";

export interface ReferenceOptions {
  /**
   * Where documents may be fetched from, over http and https: hosts (`schemas.example.com`), or URLs of
   * which all below is allowed (`https://example.com/schemas/`). Default none.
   */
  readonly allow?: readonly string[];
  /** Hosts among them whose addresses may be internal (loopback, private networks): `localhost`. Default none. */
  readonly internal?: readonly string[];
}

export interface AllowedReferences {
  /** Whether anything at all may be fetched. */
  readonly any: boolean;
  has(url: URL): boolean;
  mayBeInternal(url: URL): boolean;
}

/** Throws DocumentError for an entry that is neither a host nor a URL. */
export function allowedReferences({
  allow = [],
  internal = [],
}: ReferenceOptions): AllowedReferences {
  const rules = allow.map(ruleOf);
  const hosts = new Set(internal.map((host) => hostOf(host)));
  return {
    any: rules.length > 0,
    has: (url) => isHttp(url) && rules.some((fits) => fits(url)),
    mayBeInternal: (url) => hosts.has(url.hostname) || hosts.has(url.host),
  };
}

function ruleOf(entry: string): (url: URL) => boolean {
  if (!entry.includes("://")) {
    const host = hostOf(entry);
    return (url) => url.host === host || url.hostname === host;
  }
  const prefix = URL.canParse(entry) ? new URL(entry) : undefined;
  if (!prefix || !isHttp(prefix)) throw notAllowable(entry);
  const below = prefix.pathname.endsWith("/") ? prefix.pathname : `${prefix.pathname}/`;
  return ({ origin, pathname }) =>
    origin === prefix.origin && (pathname === prefix.pathname || pathname.startsWith(below));
}

/** As URLs spell it: in lower case, with its port if that is not the usual one. */
function hostOf(entry: string): string {
  if (!URL.canParse(`http://${entry}`)) throw notAllowable(entry);
  const { host, pathname } = new URL(`http://${entry}`);
  if (host === "" || pathname !== "/") throw notAllowable(entry);
  return host;
}

function isHttp({ protocol, username, password }: URL): boolean {
  return (protocol === "http:" || protocol === "https:") && username === "" && password === "";
}

function notAllowable(entry: string): DocumentError {
  return new DocumentError(
    `References cannot be allowed to ${JSON.stringify(entry)}: it is neither a host nor an http(s) URL.`,
  );
}
