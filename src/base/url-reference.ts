// What stands in a value in place of a file's bytes: `{"url": "https://…"}`, for bytes that are elsewhere.
import { isObject } from "./json.js";

/** What exactly such an object says; undefined for any other value. */
export function fileUrlIn(value: unknown): string | undefined {
  if (!isObject(value)) return undefined;
  const [name, ...others] = Object.keys(value);
  const url = value["url"];
  const isUrl = typeof url === "string" && /^https?:\/\//i.test(url);
  return name === "url" && others.length === 0 && isUrl ? url : undefined;
}
