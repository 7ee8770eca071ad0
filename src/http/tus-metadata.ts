// `Upload-Metadata` (tus 1.0 "Creation"): names, each with a value in base64.
import { WaybillError } from "../base/fault.js";

/** Throws `malformed-header`; also for a name that comes twice. */
export function parseTusMetadata(said: string | undefined): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  for (const pair of (said ?? "").split(",")) {
    const [, name, value = ""] = /^ *([^ ,]+)(?: ([A-Za-z0-9+/]*={0,2}))? *$/.exec(pair) ?? [];
    if (name !== undefined && found.has(name)) throw malformed();
    if (name !== undefined) found.set(name, Buffer.from(value, "base64").toString("utf8"));
    else if (pair.trim() !== "") throw malformed();
  }
  return found;
}

export function formatTusMetadata(pairs: Readonly<Record<string, string | null>>): string {
  return Object.entries(pairs)
    .flatMap(([name, value]) =>
      value === null ? [] : [`${name} ${Buffer.from(value).toString("base64")}`],
    )
    .join(",");
}

function malformed(): WaybillError {
  const detail =
    "The header Upload-Metadata must have pairs of a name and base64, each name once (tus 1.0).";
  return new WaybillError({ code: "malformed-header", detail });
}
