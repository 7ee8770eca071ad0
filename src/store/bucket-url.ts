// `scheme://bucket/prefix?option=…`: where an object storage is. No secrets stand in it: those come by the ways that its
// SDK has.

export interface BucketPlace {
  readonly bucket: string;
  readonly options: ReadonlyMap<string, string>;
}

/** Throws a TypeError that names what is known. */
export function parseBucketUrl(url: URL, known: readonly string[]): BucketPlace {
  const shown = `${url.protocol}//${url.host}${url.pathname}`;
  if (url.hostname === "") throw new TypeError(`${shown} names no bucket.`);
  if (url.username !== "" || url.password !== "" || url.port !== "")
    throw new TypeError(`${shown} has a user, a password or a port, which mean nothing here.`);
  for (const name of url.searchParams.keys()) {
    if (known.includes(name)) continue;
    throw new TypeError(
      `${shown} has the option "${name}"; those that are known: ${known.join(", ")}.`,
    );
  }
  return {
    bucket: decodeURIComponent(url.hostname),
    options: url.searchParams.size === 0 ? new Map() : new Map(url.searchParams),
  };
}

/** An endpoint without a slash at its end; undefined where none is given. Throws a TypeError for what is no URL of HTTP. */
export function endpointOf(text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  const isHttp = URL.canParse(text) && /^https?:$/.test(new URL(text).protocol);
  if (!isHttp) throw new TypeError(`The endpoint "${text}" is no URL of http or https.`);
  return text.replace(/\/+$/, "");
}
