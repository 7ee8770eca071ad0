// Octets as the platform searches and reads them fastest: a Buffer where there is one, else the plain
// array. Which it is, is chosen once, here; nothing above knows.

const hasBuffer = typeof Buffer === "function";

const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

/** The same octets, not a copy. On Node its `indexOf` runs at memory speed. */
export const viewOctets: (bytes: Uint8Array) => Uint8Array = hasBuffer
  ? (bytes) => asBuffer(bytes)
  : (bytes) => bytes;

/** The octets as text. They must be valid UTF-8: this does not look. */
export const readText: (bytes: Uint8Array, from: number, to: number) => string = hasBuffer
  ? (bytes, from, to) => asBuffer(bytes).toString("utf8", from, to)
  : (bytes, from, to) => decoder.decode(bytes.subarray(from, to));

/** Below it, putting a text together by hand costs less than a call into the platform. */
const BY_HAND_MAX = 10;

/** ASCII octets as text. */
export function readAscii(bytes: Uint8Array, from: number, to: number): string {
  if (to - from > BY_HAND_MAX) return readText(bytes, from, to);
  let text = "";
  for (let i = from; i < to; i++) text += String.fromCharCode(bytes[i] ?? 0);
  return text;
}

/** Fresh octets with whatever was in memory: to be written in full, or cut to what was written. */
export const allocateOctets: (size: number) => Uint8Array = hasBuffer
  ? (size) => new Uint8Array(Buffer.allocUnsafeSlow(size).buffer)
  : (size) => new Uint8Array(size);

function asBuffer(bytes: Uint8Array): Buffer {
  if (bytes instanceof Buffer) return bytes;
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
