// Who asks, as a text: the same for the same principal and for no other. Knows nothing of how one is found.
import { createHash } from "node:crypto";
import { isObject } from "../base/json.js";

/** Undefined for nobody. Objects may hold secrets: only their digest is kept. */
export function principalKey(principal: unknown): string | undefined {
  if (principal === undefined || principal === null) return undefined;
  if (typeof principal === "object") {
    const digest = createHash("sha256").update(canonicalText(principal)).digest("base64url");
    return `sha256:${digest}`;
  }
  return `${typeof principal}:${String(principal)}`;
}

// JSON with the members of each object by name: the order in which they were set tells nothing.
function canonicalText(value: object): string {
  return JSON.stringify(value, (_, inner: unknown) =>
    isObject(inner)
      ? Object.fromEntries(Object.entries(inner).toSorted(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  );
}
