// Undoes the escapes of application/x-www-form-urlencoded (WHATWG URL §5.1): `+` is a space, `%41` an
// octet, and a `%` without two digits stays as it is. Octets in, octets out; knows no pairs.

/** The octets that `bytes` stand for; `bytes` itself when there is nothing to undo. */
export function percentDecode(bytes: Uint8Array): Uint8Array {
  if (!bytes.includes(37) && !bytes.includes(43)) return bytes;
  const decoded = new Uint8Array(bytes.length);
  let size = 0;
  for (let at = 0; at < bytes.length; at++) {
    const octet = bytes[at];
    const escaped = octet === 37 ? hexPair(bytes[at + 1], bytes[at + 2]) : -1;
    if (escaped >= 0) at += 2;
    decoded[size++] = escaped >= 0 ? escaped : octet === 43 ? 32 : (octet ?? 0);
  }
  return decoded.subarray(0, size);
}

/** How many octets at the end may be the beginning of an escape that goes on after them: 0, 1 or 2. */
export function openEscape(bytes: Uint8Array): 0 | 1 | 2 {
  if (bytes.at(-1) === 37) return 1;
  return bytes.at(-2) === 37 && hexDigit(bytes.at(-1)) >= 0 ? 2 : 0;
}

function hexPair(high: number | undefined, low: number | undefined): number {
  const first = hexDigit(high);
  const second = hexDigit(low);
  return first < 0 || second < 0 ? -1 : first * 16 + second;
}

function hexDigit(code: number | undefined): number {
  if (code === undefined) return -1;
  if (code >= 48 && code <= 57) return code - 48;
  const letter = code | 32;
  return letter >= 97 && letter <= 102 ? letter - 87 : -1;
}
