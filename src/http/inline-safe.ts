// Which stored files a browser may show in place. Everything that can run, refer or redirect is left out.
import { essenceOf, parseMediaType } from "../base/media-type.js";

const safe: ReadonlySet<string> = new Set([
  "image/png",
  "image/jpeg",
  "image/gif",
  "image/webp",
  "image/avif",
  "image/apng",
  "image/bmp",
  "image/tiff",
  "image/heic",
  "image/heif",
  "image/jxl",
  "image/x-icon",
  "image/vnd.microsoft.icon",
  "text/plain",
]);

/** Raster images, audio, video and plain text; not SVG, HTML, XML, PDF, scripts, or what is unknown. */
export function isInlineSafe(mediaType: string): boolean {
  const media = parseMediaType(mediaType);
  if (!media) return false;
  const isStructured = media.subtype.includes("+");
  const isPlayed = media.type === "audio" || media.type === "video";
  return (isPlayed && !isStructured) || safe.has(essenceOf(media));
}
