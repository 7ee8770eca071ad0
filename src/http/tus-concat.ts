// `Upload-Concat` (tus 1.0 "Concatenation"): a part, or what is made of parts, which are named by their URLs.
import { WaybillError } from "../base/fault.js";

export type TusConcat =
  | { readonly kind: "none" | "partial" }
  /** Ids, in order. */
  | { readonly kind: "final"; readonly parts: readonly string[] };

/** `urlsOf` are those that an upload may be named by, absolute or not. Throws `malformed-header`. */
export function parseTusConcat(
  said: string | undefined,
  urlsOf: (id: string) => readonly string[],
): TusConcat {
  if (said === undefined) return { kind: "none" };
  if (said === "partial") return { kind: "partial" };
  const urls = /^final; *(\S.*)$/.exec(said)?.[1]?.trim().split(/ +/);
  if (!urls) throw malformed("must be partial, or final and a list of URLs");
  return { kind: "final", parts: urls.map((url) => idIn(url, urlsOf)) };
}

// Behind a proxy the origin may be another than we know of: the path tells.
function idIn(url: string, urlsOf: (id: string) => readonly string[]): string {
  const path = pathOf(url);
  const id = /[^/]+$/.exec(path ?? "")?.[0];
  if (id !== undefined && urlsOf(id).some((each) => pathOf(each) === path)) return id;
  throw malformed(`names ${JSON.stringify(url)}, which is no upload here`);
}

function pathOf(url: string): string | undefined {
  return URL.canParse(url, "http://localhost/")
    ? new URL(url, "http://localhost/").pathname
    : undefined;
}

function malformed(what: string): WaybillError {
  return new WaybillError({
    code: "malformed-header",
    detail: `The header Upload-Concat ${what}.`,
  });
}
