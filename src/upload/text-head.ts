// Is it text, and what does it begin with? Looks at the first bytes of a file only.
import { isUtf8 } from "node:buffer";

/**
 * Text as WHATWG MIME Sniffing §3 has it (no control characters that text does not use), and besides
 * UTF-8, UTF-16 with a byte order mark, or mostly ASCII, unless the client says that it is text.
 */
export function isTextHead(head: Uint8Array, saysText: boolean): boolean {
  if (utf16(head)) return !hasControls(decodeHead(head));
  let ascii = 0;
  for (const byte of head) {
    if (byte < 32 && isBinary(byte)) return false;
    if (byte < 128) ascii++;
  }
  return saysText || ascii >= head.length * 0.7 || isUtf8(withoutCutCharacter(head));
}

/** The element that the text begins with, in lower case; skips what XML and HTML allow before it. */
export function rootOf(head: Uint8Array): { name: string; prolog: boolean; html: boolean } {
  const text = decodeHead(head);
  let at = skipSpace(text, 0);
  const root = { name: "", prolog: text.startsWith("<?xml", at), html: false };
  for (;;) {
    const end = endOfMisc(text, at);
    if (end === undefined) break;
    if (/^<!doctype\s+html/i.test(text.slice(at, at + 40))) root.html = true;
    at = skipSpace(text, end);
  }
  root.name =
    /^<([a-z][\w:.-]*)(?=[\s/>]|$)/i.exec(text.slice(at, at + 100))?.[1]?.toLowerCase() ?? "";
  return root;
}

/** The first character that is no white space. */
export function firstCharacter(head: Uint8Array): string {
  const text = decodeHead(head.subarray(0, 4096));
  return text.charAt(skipSpace(text, 0));
}

/** Where a comment, instruction or document type that begins here ends. */
function endOfMisc(text: string, at: number): number | undefined {
  if (text.startsWith("<?", at)) return endAfter(text, "?>", at);
  if (text.startsWith("<!--", at)) return endAfter(text, "-->", at + 4);
  if (!text.startsWith("<!", at)) return undefined;
  const close = text.indexOf(">", at);
  const subset = text.indexOf("[", at);
  if (subset < 0 || close < subset) return endAfter(text, ">", at);
  return endAfter(text, ">", text.indexOf("]", subset));
}

function endAfter(text: string, mark: string, from: number): number {
  const found = text.indexOf(mark, from);
  return found < 0 || from < 0 ? text.length : found + mark.length;
}

function skipSpace(text: string, from: number): number {
  let at = from;
  while (at < text.length && " \t\r\n\f\uFEFF".includes(text.charAt(at))) at++;
  return at;
}

function decodeHead(head: Uint8Array): string {
  const encoding = utf16(head);
  // A name or a tag is ASCII in every other encoding that is in use.
  if (!encoding) return Buffer.from(head.buffer, head.byteOffset, head.length).toString("utf8");
  return new TextDecoder(encoding).decode(head.subarray(0, head.length & ~1));
}

function utf16(head: Uint8Array): "utf-16le" | "utf-16be" | undefined {
  if (head[0] === 0xff && head[1] === 0xfe) return "utf-16le";
  return head[0] === 0xfe && head[1] === 0xff ? "utf-16be" : undefined;
}

function hasControls(text: string): boolean {
  for (let i = 0; i < text.length; i++) {
    if (isBinary(text.charCodeAt(i)) || text.charCodeAt(i) === 0xfffd) return true;
  }
  return false;
}

/** Controls but TAB, LF, FF, CR, ESC. */
function isBinary(code: number): boolean {
  return code < 32 && code !== 9 && code !== 10 && code !== 12 && code !== 13 && code !== 27;
}

/** Drops up to three bytes of a character that the end of the head has cut. */
function withoutCutCharacter(head: Uint8Array): Uint8Array {
  for (let back = 1; back <= 3 && back <= head.length; back++) {
    const byte = head[head.length - back] ?? 0;
    if (byte >= 0xc0) return head.subarray(0, head.length - back);
    if (byte < 0x80) break;
  }
  return head;
}
