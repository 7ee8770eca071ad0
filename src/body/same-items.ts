// Whether a list holds the same twice (JSON Schema 2020-12 §6.4.3), in time that grows with the list only.
import { ReceivedFile } from "../base/file-reference.js";
import { isObject } from "../base/json.js";

/** Equal as JSON Schema has it: members in any order. Files are the same when their octets are. */
export function hasSameItems(items: readonly unknown[]): boolean {
  const seen = new Set<string>();
  for (const item of items) seen.add(canonicalText(item));
  return seen.size < items.length;
}

function canonicalText(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonicalText).join()}]`;
  if (value instanceof ReceivedFile) return fileText(value);
  if (!isObject(value)) return JSON.stringify(value);
  const names = Object.keys(value).sort();
  return `{${names.map((name) => `${JSON.stringify(name)}:${canonicalText(value[name])}`).join()}}`;
}

// No text of a JSON value begins like this. A file that failed has a fault of its own below the list's.
function fileText(file: ReceivedFile): string {
  return file.isStored ? `file ${file.reference.sha256}` : "file";
}
