// One string at a file spot, on its way to its sink. Long runs without escapes are found natively and handed
// on as views; a piece with escapes is unescaped as a whole and handed on as one copy.
import { allocateOctets } from "../encoding/octet-view.js";
import { OffsetMap } from "../encoding/offset-map.js";
import { mapSimpleEscapes, unescapeSimple } from "./json-escapes.js";
import type { JsonStringSink } from "./json-options.js";
import { BACKSLASH, QUOTE } from "./json-octets.js";
import { JsonUnescaper } from "./json-unescaper.js";
import type { JsonFail } from "./json-unescaper.js";
import { isPlainText } from "./plain-text.js";

/** More octets than a cut escape has left. */
const AFTER_CUT = 12;

/** Streams strings, one after the other. */
export class JsonFile {
  readonly #fail: JsonFail;
  readonly #unescaper: JsonUnescaper;
  #sink: JsonStringSink | undefined;
  readonly #offsets = new OffsetMap();
  #base = 0;
  #escapeOffset = 0;

  constructor(fail: JsonFail) {
    this.#fail = fail;
    this.#unescaper = new JsonUnescaper(fail, false);
    this.#unescaper.onEscape = (index, length, complete) => {
      if (!complete) this.#escapeOffset = this.#base + index;
      this.#offsets.mark(length, this.#base + index);
    };
  }

  start(sink: JsonStringSink): void {
    this.#sink = sink;
  }

  end(offset: number): unknown {
    return this.#sink?.end(offset);
  }

  /** Reads on to the closing quote: its index, or the chunk's length. `base`: octets before the chunk. */
  read(chunk: Uint8Array, from: number, base: number): number {
    this.#base = base;
    if (!this.#unescaper.midway) return this.#read(chunk, from);
    // An escape was cut: what is just behind the cut, then the fast road again.
    const near = Math.min(chunk.length, from + AFTER_CUT);
    const stop = this.#unescape(chunk, from, near);
    if (stop < near || near === chunk.length) return stop;
    return this.#unescaper.midway
      ? this.#unescape(chunk, near, chunk.length)
      : this.#read(chunk, near);
  }

  #read(chunk: Uint8Array, from: number): number {
    const quote = chunk.indexOf(QUOTE, from);
    const stop = quote < 0 ? chunk.length : quote;
    const escape = chunk.subarray(from, stop).indexOf(BACKSLASH);
    if (escape < 0) {
      this.#pass(chunk, from, stop);
      return stop;
    }
    this.#pass(chunk, from, from + escape);
    const rest = this.#unescapeSimple(chunk, from + escape, stop);
    return rest === stop ? stop : this.#unescape(chunk, rest, chunk.length);
  }

  /** ASCII with escapes of ASCII, as PHP (`\/`) and .NET (`\u002B`) write base64: how far it came. */
  #unescapeSimple(chunk: Uint8Array, from: number, to: number): number {
    if (!isPlainText(chunk, from, to)) return from;
    const text = chunk.subarray(from, to);
    const octets = allocateOctets(text.length);
    const { taken, length } = unescapeSimple(text, octets);
    const offset = this.#base + from;
    try {
      this.#write(octets.subarray(0, length), offset);
    } catch (error) {
      // The sink counts unescaped octets.
      this.#offsets.start(offset);
      const mark = (size: number, index: number): void => this.#offsets.mark(size, offset + index);
      mapSimpleEscapes(text.subarray(0, taken), mark);
      throw this.#offsets.relocate(error, length);
    }
    return from + taken;
  }

  /** Hands on `[from, to)`, which ends before a quote, a backslash, or with the chunk. */
  #pass(chunk: Uint8Array, from: number, to: number): void {
    const { utf8 } = this.#unescaper;
    if (utf8.open || !isPlainText(chunk, from, to)) {
      const bad = this.#findFault(chunk, from, to);
      if (bad >= 0) {
        // What comes before the fault is handed on, so that the first fault is the same at any cut.
        this.#write(chunk.subarray(from, bad), this.#base + from);
        const control = (chunk[bad] ?? 0) < 0x20;
        throw this.#fail(bad, control ? "control characters to be escaped" : "valid UTF-8");
      }
    }
    this.#write(chunk.subarray(from, to), this.#base + from);
    if (utf8.open && to < chunk.length) throw this.#fail(to, "the rest of a UTF-8 character");
  }

  #findFault(chunk: Uint8Array, from: number, to: number): number {
    const bad = this.#unescaper.utf8.check(chunk, from, to);
    const stop = bad < 0 ? to : bad;
    for (let i = from; i < stop; i++) if ((chunk[i] ?? 0) < 0x20) return i;
    return bad;
  }

  #unescape(chunk: Uint8Array, from: number, to: number): number {
    const offset = this.#base + from;
    this.#offsets.start(offset, this.#unescaper.midway ? this.#escapeOffset : offset);
    let failure: unknown;
    let stop = from;
    try {
      stop = this.#unescaper.run(chunk, from, to);
    } catch (error) {
      failure = error;
    }
    this.#writeUnescaped(offset);
    if (failure !== undefined) throw failure;
    return stop;
  }

  #write(bytes: Uint8Array, offset: number): void {
    if (bytes.length > 0) this.#sink?.write(bytes, offset);
  }

  #writeUnescaped(offset: number): void {
    const octets = this.#unescaper.takeOctets();
    try {
      this.#write(octets, offset);
    } catch (error) {
      // The sink counts unescaped octets.
      throw this.#offsets.relocate(error, octets.length);
    }
  }
}
