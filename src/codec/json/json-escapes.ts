// The escapes of JSON strings (RFC 8259 §7), and a fast road through text whose escapes are simple: each whole,
// and of one ASCII octet. What is not simple is left to the unescaper.
import { BACKSLASH, QUOTE } from "./json-octets.js";

/** What the letter after a backslash stands for; 0 for none, and for `u`. */
export const shortEscapes = createShortEscapes();

/** Searched by hand before the platform is asked: where escapes are dense, its calls cost more than they save. */
const BY_HAND_MAX = 8;
const LETTER_U = 0x75;

/**
 * Undoes simple escapes in `text`, which holds no bare quote, until one is not. `out` has room for all of it.
 * Tells how many octets were taken, and made.
 */
export function unescapeSimple(
  text: Uint8Array,
  out: Uint8Array,
): { readonly taken: number; readonly length: number } {
  // All is copied at once, and each run moved to where it belongs: cheaper than a view for each.
  out.set(text);
  const size = text.length;
  let length = 0;
  let i = 0;
  while (i < size) {
    const stop = runEnd(text, i);
    if (i > length) out.copyWithin(length, i, stop);
    length += stop - i;
    i = stop;
    const width = i < size ? simpleEscape(text, i) : 0;
    if (width === 0) break;
    out[length++] = width === 2 ? (shortEscapes[text[i + 1] ?? 0] ?? 0) : codeOf(text, i + 2);
    i += width;
  }
  return { taken: i, length };
}

/** The index of the next backslash, or the length. */
function runEnd(text: Uint8Array, from: number): number {
  const near = Math.min(text.length, from + BY_HAND_MAX);
  for (let i = from; i < near; i++) if (text[i] === BACKSLASH) return i;
  const found = text.indexOf(BACKSLASH, near);
  return found < 0 ? text.length : found;
}

/** Says of each escape that `unescapeSimple` has undone: how many octets came before it, and where it began and ended. */
export function mapSimpleEscapes(
  text: Uint8Array,
  mark: (length: number, index: number) => void,
): void {
  let length = 0;
  for (let i = 0; i < text.length; length++) {
    const width = text[i] === BACKSLASH ? simpleEscape(text, i) : 1;
    if (width > 1) {
      mark(length, i);
      mark(length + 1, i + width);
    }
    i += Math.max(width, 1);
  }
}

/** The octets of the escape at `index` if it is simple, else 0. */
function simpleEscape(text: Uint8Array, index: number): 0 | 2 | 6 {
  const letter = text[index + 1] ?? 0;
  if (letter !== LETTER_U) return shortEscapes[letter] === 0 ? 0 : 2;
  const code = codeOf(text, index + 2);
  return code >= 0 && code < 0x80 ? 6 : 0;
}

/** The number of four hexadecimal digits; negative if one is none, or missing. */
function codeOf(bytes: Uint8Array, index: number): number {
  let code = 0;
  // A digit that is none is -1, and makes the whole negative for good.
  for (let i = index; i < index + 4; i++) code = (code << 4) | hexValue(bytes[i] ?? 0);
  return code;
}

/** What a hexadecimal digit stands for, or -1. */
export function hexValue(byte: number): number {
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30;
  const lower = byte | 0x20;
  return lower >= 0x61 && lower <= 0x66 ? lower - 0x57 : -1;
}

function createShortEscapes(): Uint8Array {
  const meanings = new Uint8Array(256);
  const letters = '"\\/bfnrt';
  const octets = [QUOTE, BACKSLASH, 0x2f, 0x08, 0x0c, 0x0a, 0x0d, 0x09];
  for (const [i, octet] of octets.entries()) meanings[letters.charCodeAt(i)] = octet;
  return meanings;
}
