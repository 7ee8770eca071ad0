// Extended parameters: `filename*=UTF-8''na%C3%AFve` (RFC 8187) and the pieces `filename*0=`,
// `filename*1*=` of mail libraries (RFC 2231 §3). RFC 7578 §4.2 forbids them; they are sent all the same.
import { bytesOfLatin1, decodeText, decodeUtf8 } from "./latin1.js";

type Parameters = readonly (readonly [name: string, value: string])[];

/** What stands under `name*` or `name*0`, `name*1`…: the text, undefined if nothing, null if malformed. */
export function readExtendedValue(parameters: Parameters, name: string): string | null | undefined {
  const whole = valueOf(parameters, `${name}*`);
  if (whole !== undefined) return decodeExtended(whole);
  let joined = "";
  let extended = false;
  for (let piece = 0; ; piece++) {
    const plain = valueOf(parameters, `${name}*${piece}`);
    const encoded = valueOf(parameters, `${name}*${piece}*`);
    if (plain === undefined && encoded === undefined) {
      if (piece === 0) return undefined;
      return extended ? decodeExtended(joined) : decodeText(joined);
    }
    if (piece === 0) extended = encoded !== undefined;
    joined += encoded ?? (extended ? escapePercent(plain ?? "") : plain);
  }
}

/**
 * `charset'language'percent-encoded`; null when malformed or of another charset than RFC 8187 §3.2 asks for,
 * or US-ASCII, which is what Python says of plain names.
 */
export function decodeExtended(text: string): string | null {
  const first = text.indexOf("'");
  const second = text.indexOf("'", first + 1);
  if (first < 0 || second < 0) return null;
  const charset = text.slice(0, first).toLowerCase();
  const octets = decodePercent(text.slice(second + 1));
  if (octets === undefined) return null;
  if (charset === "utf-8") return decodeUtf8(bytesOfLatin1(octets)) ?? null;
  if (charset === "us-ascii") return isAscii(octets) ? octets : null;
  return charset === "iso-8859-1" ? octets : null;
}

function isAscii(latin1: string): boolean {
  for (let i = 0; i < latin1.length; i++) if (latin1.charCodeAt(i) > 127) return false;
  return true;
}

function decodePercent(text: string): string | undefined {
  let octets = "";
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code > 126 || code < 32) return undefined;
    if (code !== 37) {
      octets += text.charAt(i);
      continue;
    }
    const octet = hexValue(text.charCodeAt(i + 1)) * 16 + hexValue(text.charCodeAt(i + 2));
    if (Number.isNaN(octet)) return undefined;
    octets += String.fromCharCode(octet);
    i += 2;
  }
  return octets;
}

function hexValue(code: number): number {
  if (code >= 48 && code <= 57) return code - 48;
  const letter = code | 32;
  return letter >= 97 && letter <= 102 ? letter - 87 : Number.NaN;
}

function escapePercent(text: string): string {
  return text.replaceAll("%", "%25");
}

function valueOf(parameters: Parameters, name: string): string | undefined {
  for (const [given, value] of parameters) if (given === name) return value;
  return undefined;
}
