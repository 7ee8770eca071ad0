// Who asks, as a text: the same for the same principal and for no other. Knows nothing of how one is found.
import { randomUUID } from "node:crypto";
import { WaybillError } from "../base/fault.js";

const nameless = "nameless:";

/**
 * Null for nobody. Of an object its `id` or `sub` counts alone: what else is in it may change from request to request,
 * and may be hidden. One without is nobody that was ever seen.
 */
export function principalKey(principal: unknown): string | null {
  if (principal === undefined || principal === null) return null;
  if (isName(principal)) return nameText(principal);
  for (const member of ["id", "sub"]) {
    const name: unknown = (principal as Readonly<Record<string, unknown>>)[member];
    if (isName(name)) return `${member}:${nameText(name)}`;
  }
  return nameless + randomUUID();
}

/** Is it one who would not be known again? Nothing can be kept for them. */
export function isNameless(key: string | null): boolean {
  return key?.startsWith(nameless) === true;
}

/** Throws for one who would not be known again. */
export function refuseNameless(key: string | null): void {
  if (!isNameless(key)) return;
  throw new WaybillError({
    code: "not-implemented",
    detail:
      "What is kept for whoever asks needs to know them again, and `authenticate` gives nothing to know them by: a text, a number, or an object with one as its `id` or `sub`.",
  });
}

type Name = string | number | bigint;

function isName(value: unknown): value is Name {
  return ["string", "number", "bigint"].includes(typeof value);
}

function nameText(name: Name): string {
  return `${typeof name}:${name}`;
}
