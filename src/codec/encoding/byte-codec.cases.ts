// Short ways to run a decoder or an encoder over pieces.
import type { ByteDecoder } from "./byte-decoder.js";
import type { ByteEncoder } from "./byte-encoder.js";

/** One octet for each character. */
export function latin1(text: string): Uint8Array {
  return Uint8Array.from(text, (char) => char.charCodeAt(0));
}

/** All that comes out. Offsets begin at `start`. */
export function decodePieces(
  decoder: ByteDecoder,
  pieces: readonly Uint8Array[],
  start = 0,
): Uint8Array {
  const out: number[] = [];
  let offset = start;
  for (const piece of pieces) {
    out.push(...decoder.write(piece, offset));
    offset += piece.length;
  }
  out.push(...decoder.end(offset));
  return Uint8Array.from(out);
}

export function encodePieces(encoder: ByteEncoder, pieces: readonly Uint8Array[]): string {
  const out: number[] = [];
  for (const piece of pieces) out.push(...encoder.write(piece));
  out.push(...encoder.end());
  return out.map((byte) => String.fromCharCode(byte)).join("");
}
