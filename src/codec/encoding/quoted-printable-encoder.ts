// Quoted-printable text (RFC 2045 §6.7). CRLF is a line's end and stays; every other octet that could be
// changed on the way is escaped, so that what comes back is what went in.
import type { ByteEncoder } from "./byte-encoder.js";

const CR = 0x0d;
const LF = 0x0a;
const EQUALS = 0x3d;
/** Characters of a line without its CRLF, the soft break's `=` among them (rule 5). */
const LINE_MAX = 76;
const NONE = -1;

/** Holds back one octet: what white space and CR become depends on the next. */
export class QuotedPrintableEncoder implements ByteEncoder {
  #held = NONE;
  #column = 0;

  write(bytes: Uint8Array): Uint8Array {
    const text: number[] = [];
    for (const byte of bytes) {
      const held = this.#held;
      this.#held = NONE;
      if (held === CR && byte === LF) {
        text.push(CR, LF);
        this.#column = 0;
        continue;
      }
      // White space may stand as it is unless a line ends after it (rule 3); a CR that follows may be such an end.
      if (held !== NONE) this.#put(text, held, held !== CR && byte !== CR);
      if (byte === CR || byte === 0x20 || byte === 0x09) this.#held = byte;
      else this.#put(text, byte, byte > 0x20 && byte < 0x7f && byte !== EQUALS);
    }
    return Uint8Array.from(text);
  }

  end(): Uint8Array {
    const text: number[] = [];
    if (this.#held !== NONE) this.#put(text, this.#held, false);
    this.#held = NONE;
    return Uint8Array.from(text);
  }

  #put(text: number[], byte: number, asItIs: boolean): void {
    const width = asItIs ? 1 : 3;
    if (this.#column + width > LINE_MAX - 1) {
      text.push(EQUALS, CR, LF);
      this.#column = 0;
    }
    this.#column += width;
    if (asItIs) text.push(byte);
    else text.push(EQUALS, hexDigit(byte >> 4), hexDigit(byte & 15));
  }
}

function hexDigit(value: number): number {
  return value < 10 ? 0x30 + value : 0x37 + value;
}
