// Quoted-printable (RFC 2045 §6.7), cut anywhere. Lenient where old software is: lower-case digits, bare line
// feeds, a soft break at the very end. `canonical` refuses those.
import type { ByteDecoder, DecodingPolicy } from "./byte-decoder.js";
import { createEncodingFault, describeOctet } from "./encoding-fault.js";

const TAB = 0x09;
const LF = 0x0a;
const CR = 0x0d;
const SPACE = 0x20;
const EQUALS = 0x3d;
/** Longest run of white space that may turn out to end a line: RFC 5322's longest line. */
const SPACES_MAX = 998;

const TEXT = 0;
/** After `=`; after `=` and one digit; after `=` and white space; after `=` and CR. */
const ESCAPE = 1;
const DIGIT = 2;
const SOFT_SPACE = 3;
const SOFT_CR = 4;
const HARD_CR = 5;

/** A hot state machine; use it through `createByteDecoder`, which makes the first error final. */
export class QuotedPrintableDecoder implements ByteDecoder {
  readonly #canonical: boolean;
  #state = TEXT;
  #digit = 0;
  /** White space that is content only if the line goes on (RFC 2045 §6.7 rule 3). */
  #spaces: number[] = [];

  constructor(policy: Pick<Required<DecodingPolicy>, "canonical">) {
    this.#canonical = policy.canonical;
  }

  write(bytes: Uint8Array, offset: number): Uint8Array {
    const out = new Uint8Array(this.#spaces.length + bytes.length + 2);
    let at = 0;
    for (let i = 0; i < bytes.length; i++) {
      const byte = bytes[i] ?? 0;
      if (this.#state === TEXT && byte > SPACE && byte < 0x7f && byte !== EQUALS) {
        if (this.#spaces.length > 0) at = this.#keepSpaces(out, at);
        out[at++] = byte;
      } else at = this.#step(byte, offset + i, out, at);
    }
    return out.subarray(0, at);
  }

  end(offset: number): Uint8Array {
    const soft = this.#state === ESCAPE || this.#state === SOFT_SPACE || this.#state === SOFT_CR;
    // The CRLF after a soft break may have been taken for the boundary's.
    if (this.#state === TEXT || (soft && !this.#canonical)) return new Uint8Array(0);
    throw createEncodingFault(offset, "The quoted-printable text ends within an escape.");
  }

  #step(byte: number, offset: number, out: Uint8Array, at: number): number {
    switch (this.#state) {
      case TEXT:
        return this.#text(byte, offset, out, at);
      case HARD_CR:
        if (byte !== LF) throw this.#fault(CR, offset - 1);
        this.#state = TEXT;
        this.#spaces = [];
        out[at++] = CR;
        out[at++] = LF;
        return at;
      case DIGIT:
        this.#state = TEXT;
        out[at++] = (this.#digit << 4) | this.#hex(byte, offset);
        return at;
      default:
        this.#escape(byte, offset);
        return at;
    }
  }

  #text(byte: number, offset: number, out: Uint8Array, at: number): number {
    if (byte === SPACE || byte === TAB) {
      if (this.#spaces.length === SPACES_MAX)
        throw createEncodingFault(offset, `White space is longer than ${SPACES_MAX} octets.`);
      this.#spaces.push(byte);
    } else if (byte === EQUALS) {
      this.#state = ESCAPE;
      return this.#keepSpaces(out, at);
    } else if (byte === CR) this.#state = HARD_CR;
    else if (byte === LF && !this.#canonical) {
      this.#spaces = [];
      out[at++] = LF;
    } else throw this.#fault(byte, offset);
    return at;
  }

  /** After `=`: white space and a line's end are a soft break, else two digits are due. */
  #escape(byte: number, offset: number): void {
    if (byte === LF && (this.#state === SOFT_CR || !this.#canonical)) this.#state = TEXT;
    else if (this.#state === SOFT_CR) throw this.#fault(CR, offset - 1);
    else if (byte === CR) this.#state = SOFT_CR;
    else if (byte === SPACE || byte === TAB) this.#state = SOFT_SPACE;
    else if (this.#state === ESCAPE) {
      this.#digit = this.#hex(byte, offset);
      this.#state = DIGIT;
    } else throw this.#fault(byte, offset);
  }

  #keepSpaces(out: Uint8Array, at: number): number {
    out.set(this.#spaces, at);
    const next = at + this.#spaces.length;
    this.#spaces = [];
    return next;
  }

  #hex(byte: number, offset: number): number {
    if (byte >= 0x30 && byte <= 0x39) return byte - 0x30;
    if (byte >= 0x41 && byte <= 0x46) return byte - 0x37;
    if (byte >= 0x61 && byte <= 0x66 && !this.#canonical) return byte - 0x57;
    throw this.#fault(byte, offset);
  }

  #fault(byte: number, offset: number): Error {
    const what = `No ${describeOctet(byte)} may stand there in quoted-printable.`;
    return createEncodingFault(offset, what);
  }
}
