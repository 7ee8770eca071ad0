// What stands in a value in place of a file's bytes: `{"upload": "<token>"}`, for bytes that were sent before.
import { isObject } from "./json.js";

/** Begins every token, so that people and scanners of secrets know one. */
export const uploadTokenPrefix = "wbu_";

/** What such an object says, whatever it is; undefined for any other value. */
export function uploadTokenIn(value: unknown): string | undefined {
  if (!isObject(value)) return undefined;
  const [name, ...others] = Object.keys(value);
  const token = value["upload"];
  return name === "upload" && others.length === 0 && typeof token === "string" ? token : undefined;
}

/** Does the text look like a token of ours? */
export function isUploadToken(text: string): boolean {
  return /^wbu_[A-Za-z0-9_-]{43}$/.test(text);
}
