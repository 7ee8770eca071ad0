// A name for a file that came without one: its property, and what its media type is usually called.
import { parseMediaType } from "../base/media-type.js";

const extensions: Readonly<Record<string, string>> = {
  jpeg: "jpg",
  plain: "txt",
  "octet-stream": "bin",
  "svg+xml": "svg",
  quicktime: "mov",
  mpeg: "mp3",
};

/** `pic` and `image/png` → `pic.png`. */
export function defaultFilename(property: string, mediaType: string): string {
  const { subtype = "bin" } = parseMediaType(mediaType) ?? {};
  const extension = extensions[subtype] ?? (/^[a-z0-9]{1,5}$/.test(subtype) ? subtype : "bin");
  return `${property}.${extension}`;
}
