// Strict UTF-8 (RFC 3629 §4, Unicode Table 3-7) across any cut: no overlong forms, no surrogates, nothing
// past U+10FFFF. Looks only; it copies and decodes nothing.

/** Checks text that comes in pieces. */
export class Utf8Checker {
  #need = 0;
  #low = 0x80;
  #high = 0xbf;

  /** Is a character begun and not complete? */
  get open(): boolean {
    return this.#need > 0;
  }

  /** The index of the first octet that cannot stand where it stands, or -1. */
  check(bytes: Uint8Array, from: number, to: number): number {
    for (let i = from; i < to; i++) {
      const byte = bytes[i] ?? 0;
      if (this.#need > 0) {
        if (byte < this.#low || byte > this.#high) return i;
        this.#need--;
        this.#low = 0x80;
        this.#high = 0xbf;
      } else if (byte >= 0x80 && !this.#lead(byte)) return i;
    }
    return -1;
  }

  #lead(byte: number): boolean {
    if (byte < 0xc2 || byte > 0xf4) return false;
    this.#need = byte < 0xe0 ? 1 : byte < 0xf0 ? 2 : 3;
    if (byte === 0xe0) this.#low = 0xa0;
    else if (byte === 0xed) this.#high = 0x9f;
    else if (byte === 0xf0) this.#low = 0x90;
    else if (byte === 0xf4) this.#high = 0x8f;
    return true;
  }
}

/** Are the octets of `[from, to)` whole UTF-8 text? */
export function isUtf8(bytes: Uint8Array, from: number, to: number): boolean {
  const checker = new Utf8Checker();
  return checker.check(bytes, from, to) < 0 && !checker.open;
}
