// Who asks, as a text: the same for the same principal and for no other. Knows nothing of how one is found.
import { createHash } from "node:crypto";
import { canonicalText } from "../base/canonical-text.js";

/** Undefined for nobody. Objects may hold secrets: only their digest is kept. */
export function principalKey(principal: unknown): string | undefined {
  if (principal === undefined || principal === null) return undefined;
  if (typeof principal === "object") {
    const digest = createHash("sha256").update(canonicalText(principal)).digest("base64url");
    return `sha256:${digest}`;
  }
  return `${typeof principal}:${String(principal)}`;
}
