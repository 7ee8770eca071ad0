// The escapes of application/x-www-form-urlencoded (WHATWG URL §5.2): letters, digits and `*-._` stay, a space
// becomes `+`, every other octet `%HH`. Octets in, octets out; knows no pairs.

const PERCENT = 0x25;
const PLUS = 0x2b;
const SPACE = 0x20;
const digits = new TextEncoder().encode("0123456789ABCDEF");
const unescaped = createUnescaped();

/** The octets escaped; `bytes` itself when there is nothing to escape. What comes out does not depend on cuts. */
export function percentEncode(bytes: Uint8Array): Uint8Array {
  let escapes = 0;
  let spaces = 0;
  for (const byte of bytes) {
    if (byte === SPACE) spaces++;
    else if (unescaped[byte] === 0) escapes++;
  }
  if (escapes + spaces === 0) return bytes;
  const encoded = new Uint8Array(bytes.length + 2 * escapes);
  let at = 0;
  for (const byte of bytes) {
    if (byte === SPACE) encoded[at++] = PLUS;
    else if (unescaped[byte] === 1) encoded[at++] = byte;
    else {
      encoded[at++] = PERCENT;
      encoded[at++] = digits[byte >> 4] ?? 0;
      encoded[at++] = digits[byte & 15] ?? 0;
    }
  }
  return encoded;
}

function createUnescaped(): Uint8Array {
  const table = new Uint8Array(256);
  const characters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789*-._";
  for (const character of characters) table[character.charCodeAt(0)] = 1;
  return table;
}
