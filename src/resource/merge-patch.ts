// JSON Merge Patch (RFC 7396). Files are values of their own and are never merged into.
import { ReceivedFile } from "../base/file-reference.js";
import { isObject, setOwn } from "../base/json.js";
import { KeptFile } from "./file-places.js";

/** A new value; neither argument is changed. */
export function mergePatch(target: unknown, patch: unknown): unknown {
  if (!isMergeable(patch)) return patch;
  const base = isMergeable(target) ? target : {};
  const out: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(base)) setOwn(out, name, value);
  for (const [name, value] of Object.entries(patch)) {
    if (value === null) delete out[name];
    else setOwn(out, name, mergePatch(Object.hasOwn(base, name) ? base[name] : undefined, value));
  }
  return out;
}

function isMergeable(value: unknown): value is Record<string, unknown> {
  return isObject(value) && !(value instanceof ReceivedFile) && !(value instanceof KeptFile);
}
