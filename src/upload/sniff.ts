// What a file is, by its first bytes; by what the client says only where bytes do not tell. Never by
// its name. Knows nothing of what a schema allows.
import { fileTypeFromBuffer, supportedMimeTypes } from "file-type";
import { essenceOf, formatMediaType, isXml, parseMediaType } from "../base/media-type.js";
import { canonicalType, isContained, isSameFamily, isTextType } from "./media-families.js";
import { isTextHead, rootOf } from "./text-head.js";
import type { MediaType } from "../base/media-type.js";

export interface Sniffed {
  readonly mediaType: string;
  /**
   * What tells: a signature in the bytes, their being text, or the client's word alone. A signature
   * may be one of text (SVG, HTML, vCard).
   */
  readonly by: "signature" | "text" | "declaration";
  /** The bytes are text, signature or not. */
  readonly text: boolean;
}

/** Octets of a file that are looked at. */
export const headBytes = 64 * 1024;

/** `head` holds the first octets of the file: all of it, or at least 4 KiB. */
export async function sniffMediaType(head: Uint8Array, declared?: string): Promise<Sniffed> {
  const media = declared === undefined ? undefined : parseMediaType(declared);
  const signature = await signatureOf(head);
  const text = isTextHead(head, media !== undefined && isTextType(media));
  if (text) return sniffText({ head, media, signature });
  if (signature) return { mediaType: refine(signature, media), by: "signature", text };
  const believed = media && !hasSignature(essenceOf(media)) && !isTextType(media);
  const mediaType = believed ? formatMediaType(media) : "application/octet-stream";
  return { mediaType, by: "declaration", text };
}

/** Do all files of this type begin with bytes that are known here? */
export function hasSignature(essence: string): boolean {
  return signatures.has(canonicalType(essence)) || isContained(essence);
}

const signatures: ReadonlySet<string> = new Set(
  [...supportedMimeTypes, "image/svg+xml"].map((type) => canonicalType(essenceOnly(type))),
);

/** Signatures that text can have. Others are short enough to begin a sentence: `BM`, `MZ`, `ID3`. */
const ofText =
  /^(text\/.*|application\/(xml|pdf|rtf|postscript|eps|pgp-encrypted|x-ms-regedit)|model\/stl)$/;

interface TextHead {
  readonly head: Uint8Array;
  readonly media: MediaType | undefined;
  readonly signature: string | undefined;
}

function sniffText({ head, media, signature }: TextHead): Sniffed {
  const markup = markupOf(head, media);
  if (markup) return { mediaType: markup, by: "signature", text: true };
  if (signature && ofText.test(signature) && signature !== "application/xml") {
    return { mediaType: refine(signature, media), by: "signature", text: true };
  }
  const mediaType = media && isBelievedForText(media) ? formatMediaType(media) : "text/plain";
  return { mediaType, by: "text", text: true };
}

/** Every type may be text but those that have a signature, which this has not, and media. */
function isBelievedForText(media: MediaType): boolean {
  if (isTextType(media)) return true;
  const essence = essenceOf(media);
  if (essence === "application/octet-stream" || hasSignature(essence)) return false;
  return media.type === "application" || media.type === "model" || media.type === "chemical";
}

/** What a browser would take for a page (WHATWG MIME Sniffing §7.1), SVG, or XML. */
function markupOf(head: Uint8Array, media: MediaType | undefined): string | undefined {
  const { name, prolog, html } = rootOf(head);
  if (name === "svg" || name.endsWith(":svg")) return "image/svg+xml";
  if (prolog && name === "html") return "application/xhtml+xml";
  if (html || (!prolog && pageElements.has(name))) return "text/html";
  // Markdown may begin with a piece of HTML, and often does.
  const written = media?.subtype.endsWith("markdown") ?? false;
  if (!prolog && !written && flowElements.has(name)) return "text/html";
  if (!prolog) return undefined;
  const known = media && isXml(media) && !activeXml.test(media.subtype);
  return known ? formatMediaType(media) : "application/xml";
}

const activeXml = /^(svg|xhtml)\+xml$/;

const pageElements = new Set("html head body script style title iframe".split(" "));
const flowElements = new Set("h1 div font table a b br p img form".split(" "));

/** The client's name for the type where it fits the bytes and says more. */
function refine(signature: string, media: MediaType | undefined): string {
  if (!media) return signature;
  const said = essenceOf(media);
  const same = canonicalType(said) === canonicalType(signature);
  return !same && said !== "application/zip" && isSameFamily(signature, said) ? said : signature;
}

async function signatureOf(head: Uint8Array): Promise<string | undefined> {
  // A head may end in mid-structure; what cannot be read to its end has no signature.
  const found = await fileTypeFromBuffer(head).catch(() => undefined);
  return found ? essenceOnly(found.mime) : tiffOf(head);
}

/** TIFF 6.0 §2. Its directory, which tells the kinds apart, is often at the end of the file. */
function tiffOf(head: Uint8Array): string | undefined {
  const mark = Buffer.from(head.subarray(0, 4)).toString("latin1");
  return mark === "II*\0" || mark === "MM\0*" ? "image/tiff" : undefined;
}

function essenceOnly(type: string): string {
  return (type.split(";")[0] ?? "").trim().toLowerCase();
}
