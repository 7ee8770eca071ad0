// Which URLs elsewhere may be asked: none, unless whoever runs it says so. Knows nothing of what they are for.

export interface AllowedUrlsOptions {
  /**
   * Hosts (`files.example.com`, at the usual port unless one is written), or URLs of which all below is allowed (`https://bucket.s3.amazonaws.com/images/`).
   * Default none.
   */
  readonly allow?: readonly string[];
  /** Hosts among them whose addresses may be internal (loopback, private networks): `localhost`. Default none. */
  readonly internal?: readonly string[];
}

export interface AllowedUrls {
  /** Whether anything at all may be asked. */
  readonly any: boolean;
  has(url: URL): boolean;
  mayBeInternal(url: URL): boolean;
}

export interface AllowedUrlsRules {
  /** A mere host allows https alone. */
  readonly httpsOnly?: boolean;
  /** The error for an entry that is neither a host nor a URL. */
  readonly notAllowable: (entry: string) => Error;
}

type Rule = (url: URL) => boolean;

/** Throws what `notAllowable` makes. */
export function allowedUrls(
  { allow = [], internal = [] }: AllowedUrlsOptions,
  { httpsOnly = false, notAllowable }: AllowedUrlsRules,
): AllowedUrls {
  /** As URLs spell it: in lower case, with its port if that is not the usual one of `scheme`. */
  const hostOf = (entry: string, scheme = "http:"): string => {
    const url = `${scheme}//${entry}`;
    if (/[*?#@]/.test(entry) || !URL.canParse(url)) throw notAllowable(entry);
    const { host, pathname } = new URL(url);
    if (host === "" || pathname !== "/") throw notAllowable(entry);
    return host;
  };
  const ruleOf = (entry: string): Rule => {
    if (entry.includes("://")) {
      const prefix = URL.canParse(entry) ? new URL(entry) : undefined;
      const isPlain = prefix && isHttp(prefix) && !/[?#]/.test(entry) && !prefix.host.includes("*");
      if (!isPlain) throw notAllowable(entry);
      return (url) => url.origin === prefix.origin && isBelow(url.pathname, prefix.pathname);
    }
    const hosts = {
      "http:": httpsOnly ? undefined : hostOf(entry),
      "https:": hostOf(entry, "https:"),
    };
    return ({ protocol, host }) =>
      (protocol === "http:" || protocol === "https:") && hosts[protocol] === host;
  };
  const rules = allow.map(ruleOf);
  const hosts = new Set(internal.map((host) => hostOf(host)));
  return {
    any: rules.length > 0,
    has: (url) => isHttp(url) && rules.some((fits) => fits(url)),
    mayBeInternal: (url) => hosts.has(url.hostname) || hosts.has(url.host),
  };
}

// `/images` is not `/images2`.
function isBelow(pathname: string, prefix: string): boolean {
  const below = prefix.endsWith("/") ? prefix : `${prefix}/`;
  if (pathname === prefix) return true;
  return pathname.startsWith(below) && !climbs(pathname.slice(below.length));
}

// A server that decodes a path before it reads it, once or again, or that takes parameters out of segments (RFC 3986
// §3.3), sees dot segments that are none in the URL: `..%2F`, `%252e%252e`, `..;`.
function climbs(path: string): boolean {
  let decoded = path;
  for (let times = 0; escape.test(decoded); times++) {
    if (times === decodedMax) return true;
    decoded = decoded.replaceAll(escapes, (_, hex: string) =>
      String.fromCharCode(Number.parseInt(hex, 16)),
    );
  }
  const segments = decoded.split(/[/\\]/).map((segment) => segment.replace(/;.*$/s, ""));
  return segments.some((segment) => segment === "." || segment === "..");
}

const decodedMax = 3;
const escape = /%[0-9a-f]{2}/i;
const escapes = /%([0-9a-f]{2})/gi;

/** Without credentials: they would be sent to whoever answers there. */
function isHttp({ protocol, username, password }: URL): boolean {
  return (protocol === "http:" || protocol === "https:") && username === "" && password === "";
}
