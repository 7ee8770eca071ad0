// Words of a curl command line: quoted for a shell, and names for files to send.
import { fileExtension } from "../base/file-extension.js";
import type { FilePlan } from "../plan/file-plan.js";

/** What one body adds to the line. */
export interface CurlBody {
  readonly options: readonly string[];
  /** Names of the files that the options read from the current folder. */
  readonly files: readonly string[];
}

/** A name for a file of this kind in the current folder: `pic.png`. */
export function fileName(property: string, file: FilePlan): string {
  const extension = fileExtension(sampleType(file));
  return `${property.replace(/[^\w.-]+/g, "_").replace(/^[-.]+/, "") || "file"}.${extension}`;
}

const typicalTypes: Readonly<Record<string, string>> = {
  "image/*": "image/png",
  "text/*": "text/plain",
  "audio/*": "audio/mpeg",
  "video/*": "video/mp4",
};

/** A media type that is one, for a file of this kind. */
export function sampleType({ allowedTypes }: FilePlan): string {
  const first = allowedTypes[0] ?? "application/octet-stream";
  return typicalTypes[first] ?? first;
}

/** For a shell: in single quotes where it must be. */
export function quote(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", String.raw`'\''`)}'`;
}
