// What the files of a media type are usually called at the end of their names.
import { parseMediaType } from "./media-type.js";

const extensions: Readonly<Record<string, string>> = {
  jpeg: "jpg",
  plain: "txt",
  "octet-stream": "bin",
  "svg+xml": "svg",
  quicktime: "mov",
  mpeg: "mp3",
};

/** `image/jpeg` → `jpg`; `bin` where nothing shorter is known. */
export function fileExtension(mediaType: string): string {
  const { subtype = "bin" } = parseMediaType(mediaType) ?? {};
  return extensions[subtype] ?? (/^[a-z0-9]{1,5}$/.test(subtype) ? subtype : "bin");
}
