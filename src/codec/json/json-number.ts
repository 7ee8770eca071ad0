// The grammar of JSON numbers (RFC 8259 §6) over text that holds nothing but number characters.

/** The index of the first character that the grammar does not allow; the length when more is due; -1 when valid. */
export function findNumberFault(text: string): number {
  let i = text.charCodeAt(0) === MINUS ? 1 : 0;
  const integer = skipDigits(text, i);
  if (integer === i) return i;
  // No leading zeros.
  if (text.charCodeAt(i) === ZERO && integer > i + 1) return i + 1;
  i = integer;
  if (text.charCodeAt(i) === POINT) {
    const fraction = skipDigits(text, i + 1);
    if (fraction === i + 1) return fraction;
    i = fraction;
  }
  if (isExponent(text.charCodeAt(i))) {
    const sign = text.charCodeAt(i + 1);
    const first = sign === PLUS || sign === MINUS ? i + 2 : i + 1;
    i = skipDigits(text, first);
    if (i === first) return i;
  }
  return i === text.length ? -1 : i;
}

const PLUS = 0x2b;
const MINUS = 0x2d;
const POINT = 0x2e;
const ZERO = 0x30;

/** Digits, signs, the point, and `e`: what a number is made of, in any order. */
export function isNumberOctet(byte: number): boolean {
  if (byte >= ZERO && byte <= 0x39) return true;
  return byte === PLUS || byte === MINUS || byte === POINT || isExponent(byte);
}

function isExponent(code: number): boolean {
  return code === 0x65 || code === 0x45;
}

function skipDigits(text: string, from: number): number {
  let i = from;
  while (i < text.length && isDigit(text.charCodeAt(i))) i++;
  return i;
}

function isDigit(code: number): boolean {
  return code >= ZERO && code <= 0x39;
}
