// Octets to measure with: the same in every run.
export const MiB = 1024 * 1024;

/** As large as the pieces that Node's sockets deliver. */
export const whole = 65_536;

/** Seeded (xorshift32), so that every contender sees the same. */
export function octets(size) {
  const words = new Uint32Array(Math.ceil(size / 4));
  let state = 2_463_534_242;
  for (let i = 0; i < words.length; i++) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    words[i] = state;
  }
  return Buffer.from(words.buffer, 0, size);
}

/** Whole copies only: half a delimiter at the end might be one. */
export function repeat(text, size) {
  return Buffer.alloc(size - (size % text.length), text, "latin1");
}

export function cut(document, size) {
  const chunks = [];
  for (let at = 0; at < document.length; at += size) chunks.push(document.subarray(at, at + size));
  return chunks;
}
