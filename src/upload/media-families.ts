// Which names mean the same bytes: aliases of one type, and the containers that many types share.
// Knows names only; what the bytes are is sniff's business.
import { essenceOf, isJson, isXml } from "../base/media-type.js";
import type { MediaType } from "../base/media-type.js";

/** Aliases that dropping `x-` does not bring together. */
const aliases: ReadonlyMap<string, string> = new Map([
  ["image/jpg", "image/jpeg"],
  ["image/pjpeg", "image/jpeg"],
  ["image/apng", "image/png"],
  ["image/vnd.mozilla.apng", "image/png"],
  ["image/tif", "image/tiff"],
  ["image/ms-bmp", "image/bmp"],
  ["image/windows-bmp", "image/bmp"],
  ["image/vnd.microsoft.icon", "image/icon"],
  ["image/ico", "image/icon"],
  ["image/psd", "image/vnd.adobe.photoshop"],
  ["application/zip-compressed", "application/zip"],
  ["application/vnd.rar", "application/rar-compressed"],
  ["application/rar", "application/rar-compressed"],
  ["application/bzip", "application/bzip2"],
  ["application/dosexec", "application/msdownload"],
  ["application/vnd.microsoft.portable-executable", "application/msdownload"],
  ["application/vnd.debian.binary-package", "application/deb"],
  ["application/debian-package", "application/deb"],
  ["application/vnd.sqlite3", "application/sqlite3"],
  ["application/acrobat", "application/pdf"],
  ["application/font-woff", "font/woff"],
  ["application/font-ttf", "font/ttf"],
  ["application/font-otf", "font/otf"],
  ["application/vnd.ms-opentype", "font/otf"],
  ["text/rtf", "application/rtf"],
  ["text/xml", "application/xml"],
  ["text/javascript", "application/javascript"],
  ["audio/mp3", "audio/mpeg"],
  ["audio/mpeg3", "audio/mpeg"],
  ["audio/mpg", "audio/mpeg"],
  ["audio/wave", "audio/wav"],
  ["audio/vnd.wave", "audio/wav"],
  ["audio/mid", "audio/midi"],
  ["video/avi", "video/vnd.avi"],
  ["video/msvideo", "video/vnd.avi"],
]);

/** Containers of sound and pictures: which of them is in it, the first bytes do not tell. */
const players: readonly RegExp[] = [
  /^(audio|video|application)\/(ogg|opus|ogx|ogm)$/,
  /^(audio|video|application)\/(mp4|m4a|m4v|m4b|m4p|quicktime|3gpp|3gpp2|f4v)$/,
  /^(audio|video)\/(webm|matroska)$/,
  /^((audio|video)\/(ms-asf|ms-wma|ms-wmv)|application\/vnd\.ms-asf)$/,
];

/** Types that are told apart by more than their first bytes, or not at all. */
const families: readonly RegExp[] = [
  ...players,
  /^video\/(mpeg|mp1s|mp2p|mp2t)$/,
  /^image\/(tiff|adobe-dng|canon-cr2|nikon-nef|sony-arw|olympus-orf|panasonic-rw2)$/,
  /^image\/hei[cf](-sequence)?$/,
  /^application\/(postscript|eps|illustrator)$/,
  /^application\/(pdf|illustrator)$/,
];

interface Container {
  readonly sniffed: string;
  readonly holds: RegExp;
}

const containers: readonly Container[] = [
  {
    sniffed: "application/zip",
    holds:
      /\+zip$|^application\/(zip|java-archive|xpinstall|vnd\.(openxmlformats-officedocument|oasis\.opendocument|ms-(word|excel|powerpoint|visio)|visio|apple|android|google-earth\.kmz).*)$|^model\/3mf$/,
  },
  {
    sniffed: "application/cfb",
    holds:
      /^application\/(msword|cfb|ole-storage|msi|hwp|vnd\.(ms-(excel|powerpoint|outlook|project|works)|visio))$/,
  },
  { sniffed: "application/gzip", holds: /\+gzip$|^application\/(gzip|gtar|tgz|compressed-tar)$/ },
  { sniffed: "application/sqlite3", holds: /\+sqlite3$|^application\/sqlite3$/ },
];

/** The type under its one name: lower case, aliases undone, without `x-` and parameters. */
export function canonicalType(essence: string): string {
  const plain = essence.replace(/\/x[-.]/, "/");
  return aliases.get(plain) ?? aliases.get(essence) ?? plain;
}

/** May bytes that look like `sniffed` be of the type `wanted`? Both are essences. */
export function isSameFamily(sniffed: string, wanted: string): boolean {
  const [a, b] = [canonicalType(sniffed), canonicalType(wanted)];
  if (a === b || families.some((family) => family.test(a) && family.test(b))) return true;
  // Either way: a document may be seen as a mere container, and a container be allowed for documents.
  return containers.some(
    ({ sniffed: outer, holds }) => (a === outer && holds.test(b)) || (b === outer && holds.test(a)),
  );
}

/** Types whose files cannot do without the first bytes of a container. */
export function isContained(essence: string): boolean {
  const type = canonicalType(essence);
  return [...families, ...containers.map(({ holds }) => holds)].some((each) => each.test(type));
}

/** Bytes of which a vendor's type may well be made. */
export function isContainer(essence: string): boolean {
  return containers.some(({ sniffed }) => sniffed === canonicalType(essence));
}

/** Is it of the top-level type, or in a container that may hold such, e.g. `video/mp4` for `audio`? */
export function mayBeOfType(sniffed: string, type: string): boolean {
  const canonical = canonicalType(sniffed);
  if (canonical.startsWith(`${type}/`)) return true;
  const plays = type === "audio" || type === "video";
  return plays && players.some((family) => family.test(canonical));
}

const textSubtypes = new Set(
  "javascript ecmascript typescript yaml toml sql graphql csv jsonl ndjson json-lines json-seq sh subrip www-form-urlencoded pem-file tex latex httpd-php".split(
    " ",
  ),
);

/** Is a file of this type text? SVG is an image. */
export function isTextType(media: MediaType): boolean {
  if (essenceOf(media) === "image/svg+xml") return false;
  if (media.type === "text") return canonicalType(essenceOf(media)) !== "application/rtf";
  if (isJson(media) || isXml(media) || media.subtype.endsWith("+yaml")) return true;
  return media.type === "application" && textSubtypes.has(media.subtype.replace(/^x-/, ""));
}
