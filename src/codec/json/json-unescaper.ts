// The content of a JSON string, escapes undone, across any cut (RFC 8259 §7). Knows no values and no sinks:
// it fills `octets` and `text`, and stops at the closing quote.
import { allocateOctets, readText } from "../encoding/octet-view.js";
import { Utf8Checker } from "../encoding/utf8-checker.js";
import { hexValue, shortEscapes } from "./json-escapes.js";
import { BACKSLASH, QUOTE } from "./json-octets.js";

/** Makes the error for an octet of the chunk at hand; `expected` completes "expected …". */
export type JsonFail = (index: number, expected: string) => Error;

const NONE = 0;
const LETTER = 1;
/** `HEX + n`: n of four hexadecimal digits are read. */
const HEX = 2;
const RETAINED_MAX = 64 * 1024;

/** A hot state machine: `run` it over each piece, then take what it has gathered. */
export class JsonUnescaper {
  /** Called at each escape's first octet, and at the one after its last; `length` octets are unescaped by then. */
  onEscape: ((index: number, length: number, complete: boolean) => void) | undefined;
  #octets: Uint8Array = new Uint8Array(0);
  #length = 0;
  readonly utf8 = new Utf8Checker();
  readonly #fail: JsonFail;
  readonly #loneAllowed: boolean;
  #text = "";
  #escape = NONE;
  #unit = 0;
  /** A high surrogate that was escaped and awaits its low one. */
  #high = 0;

  /** A lone surrogate has no octets: where files are read it is an error, else it stays as `JSON.parse` has it. */
  constructor(fail: JsonFail, loneAllowed: boolean) {
    this.#fail = fail;
    this.#loneAllowed = loneAllowed;
  }

  /** Is an escape, or a surrogate pair, begun and not complete? */
  get midway(): boolean {
    return this.#escape !== NONE || this.#high !== 0;
  }

  /** All that was gathered, as a string; starts anew. */
  takeText(): string {
    const text = this.#text + readText(this.#octets, 0, this.#length);
    this.#text = "";
    this.#length = 0;
    if (this.#octets.length > RETAINED_MAX) this.#octets = new Uint8Array(0);
    return text;
  }

  /** The octets that were gathered, the caller's to keep; starts anew. */
  takeOctets(): Uint8Array {
    const octets = this.#octets.subarray(0, this.#length);
    this.#octets = new Uint8Array(0);
    this.#length = 0;
    return octets;
  }

  /** Reads on to the closing quote: its index, or `to` if it is not there. */
  run(bytes: Uint8Array, from: number, to: number): number {
    this.#reserve(to - from + 4);
    let i = from;
    while (i < to) {
      const byte = bytes[i] ?? 0;
      if (this.#escape !== NONE) this.#escaped(byte, i++);
      else if (byte === QUOTE || byte === BACKSLASH) {
        if (this.utf8.open) throw this.#fail(i, "the rest of a UTF-8 character");
        if (byte === QUOTE) {
          this.#settle(i);
          return i;
        }
        this.#escape = LETTER;
        this.onEscape?.(i, this.#length, false);
        i++;
      } else {
        this.#settle(i);
        i = this.#copy(bytes, i, to);
      }
    }
    return i;
  }

  /** Takes octets as they are, and short escapes in one step: up to the next quote, backslash or fault. */
  #copy(bytes: Uint8Array, from: number, to: number): number {
    const octets = this.#octets;
    let length = this.#length;
    let seen = this.utf8.open ? 0x80 : 0;
    let i = from;
    for (; i < to; i++) {
      let byte = bytes[i] ?? 0;
      if (byte === BACKSLASH && seen < 0x80 && i + 1 < to) {
        byte = shortEscapes[bytes[i + 1] ?? 0] ?? 0;
        if (byte === 0) break;
        this.onEscape?.(i, length, false);
        i++;
        this.onEscape?.(i + 1, length + 1, true);
      } else if (byte === QUOTE || byte === BACKSLASH || byte < 0x20) break;
      seen |= byte;
      octets[length++] = byte;
    }
    const bad = seen < 0x80 ? -1 : this.utf8.check(bytes, from, i);
    this.#length = bad < 0 ? length : length - (i - bad);
    if (bad >= 0) throw this.#fail(bad, "valid UTF-8");
    if (i < to && (bytes[i] ?? 0) < 0x20) throw this.#fail(i, "control characters to be escaped");
    return i;
  }

  #escaped(byte: number, index: number): void {
    if (this.#escape === LETTER) {
      const meaning = shortEscapes[byte] ?? 0;
      if (meaning > 0) this.#finish(meaning, index);
      else if (byte === 0x75) {
        this.#escape = HEX;
        this.#unit = 0;
      } else throw this.#fail(index, 'one of "\\/bfnrtu after the backslash');
      return;
    }
    const digit = hexValue(byte);
    if (digit < 0) throw this.#fail(index, "four hexadecimal digits");
    this.#unit = (this.#unit << 4) | digit;
    this.#escape++;
    if (this.#escape === HEX + 4) this.#finish(this.#unit, index);
  }

  #finish(unit: number, index: number): void {
    this.#escape = NONE;
    if (this.#high !== 0 && unit >= 0xdc00 && unit <= 0xdfff) {
      this.#push(0x10000 + ((this.#high - 0xd800) << 10) + (unit - 0xdc00));
      this.#high = 0;
    } else {
      this.#settle(index);
      if (unit >= 0xd800 && unit <= 0xdbff) this.#high = unit;
      else if (unit >= 0xdc00 && unit <= 0xdfff) this.#lone(unit, index);
      else this.#push(unit);
    }
    this.onEscape?.(index + 1, this.#length, true);
  }

  /** Nothing that could complete a pair has come. */
  #settle(index: number): void {
    if (this.#high === 0) return;
    const unit = this.#high;
    this.#high = 0;
    this.#lone(unit, index);
  }

  #lone(unit: number, index: number): void {
    if (!this.#loneAllowed) throw this.#fail(index, "surrogates only in pairs, in a file");
    this.#text += readText(this.#octets, 0, this.#length) + String.fromCharCode(unit);
    this.#length = 0;
  }

  #push(code: number): void {
    if (code < 0x80) this.#octets[this.#length++] = code;
    else {
      if (code < 0x800) this.#put(0xc0 | (code >> 6));
      else {
        if (code < 0x10000) this.#put(0xe0 | (code >> 12));
        else {
          this.#put(0xf0 | (code >> 18));
          this.#put(0x80 | ((code >> 12) & 0x3f));
        }
        this.#put(0x80 | ((code >> 6) & 0x3f));
      }
      this.#put(0x80 | (code & 0x3f));
    }
  }

  #put(byte: number): void {
    this.#octets[this.#length++] = byte;
  }

  // What is unescaped is never longer than what is escaped, save for what an earlier piece began.
  #reserve(more: number): void {
    if (this.#length + more <= this.#octets.length) return;
    const octets = allocateOctets(Math.max(this.#length + more, 2 * this.#length));
    octets.set(this.#octets.subarray(0, this.#length));
    this.#octets = octets;
  }
}
