// A fast answer to one question about the inside of a JSON string, four octets at a time.

/** Below it, a second view costs more than it saves; and it is more than there is to align. */
const WORDS_MIN = 64;

/** Are all octets of `[from, to)` printable ASCII or DEL: neither control characters nor part of a longer character? */
export function isPlainText(bytes: Uint8Array, from: number, to: number): boolean {
  if (to - from < WORDS_MIN) return arePlain(bytes, from, to);
  const start = bytes.byteOffset + from;
  const head = -start & 3;
  const words = (to - from - head) >> 2;
  const tail = from + head + words * 4;
  return (
    arePlain(bytes, from, from + head) &&
    arePlain(bytes, tail, to) &&
    areWordsPlain(new Int32Array(bytes.buffer, start + head, words))
  );
}

function arePlain(bytes: Uint8Array, from: number, to: number): boolean {
  let seen = 0;
  for (let i = from; i < to; i++) {
    const byte = bytes[i] ?? 0;
    seen |= byte | (byte - 0x20);
  }
  return (seen & 0x80) === 0;
}

// An octet below 0x20 borrows into its own high bit; one of 0x80 and above has it set already.
function areWordsPlain(words: Int32Array): boolean {
  let seen = 0;
  for (let i = 0; i < words.length; i++) {
    const word = words[i] ?? 0;
    seen |= word | (word - 0x20202020);
  }
  return (seen & 0x80808080) === 0;
}
