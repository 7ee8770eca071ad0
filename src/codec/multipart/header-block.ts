// Finds the end of a part's headers, octet by octet, and gathers them when they are cut by chunks.
// Holds the limits on size and lines, and refuses what is no line of text. Knows no header.
import type { PartFault } from "./part-fault.js";

export interface HeaderBlockOptions {
  readonly bytesMax: number;
  readonly linesMax: number;
  /** Lines may end in a bare LF. */
  readonly lineFeed: boolean;
  readonly fault: PartFault;
}

const nothing = new Uint8Array(0);

export class HeaderBlock {
  private readonly options: HeaderBlockOptions;
  private carried: Uint8Array = nothing;
  private size = 0;
  private lines = 0;
  private lineStart = 0;
  private returned = false;
  private seen = 0;

  constructor(options: HeaderBlockOptions) {
    this.options = options;
  }

  reset(): void {
    this.size = 0;
    this.lines = 0;
    this.lineStart = 0;
    this.returned = false;
    this.seen = 0;
  }

  /** Is nothing of it read yet? */
  get isFresh(): boolean {
    return this.size === 0;
  }

  /** Is any octet of the block no ASCII? */
  get hasNonAscii(): boolean {
    return this.seen > 127;
  }

  /** The index after the empty line that ends the headers, or -1 when it is not in this chunk. */
  scan(chunk: Uint8Array, from: number): number {
    const { bytesMax, fault } = this.options;
    const start = from - this.size;
    const stop = Math.min(chunk.length, start + bytesMax);
    let at = from;
    while (at < stop) {
      if (!this.returned) at = this.skipText(chunk, at, stop);
      if (at === stop) break;
      if (this.control(chunk[at] ?? 0, at - start)) return at + 1;
      at++;
    }
    if (stop - start < bytesMax) return this.carry(chunk, from);
    const limit = { name: "headerBytesMax", value: bytesMax };
    const detail = `The headers of a part have more than ${bytesMax} octets.`;
    throw fault("header-too-large", detail, bytesMax, limit);
  }

  /** The whole block; `from` and `end` as given to and by `scan`. Good until the next one is scanned. */
  octets(chunk: Uint8Array, from: number, end: number): Uint8Array {
    if (this.size === 0) return chunk.subarray(from, end);
    this.append(chunk, from, end);
    return this.carried.subarray(0, this.size);
  }

  private skipText(chunk: Uint8Array, from: number, stop: number): number {
    let { seen } = this;
    let at = from;
    for (; at < stop; at++) {
      const octet = chunk[at] ?? 0;
      if (octet < 32) break;
      seen |= octet;
    }
    this.seen = seen;
    return at;
  }

  // True at the end of the headers. NUL, and CR and LF that are not a pair, would be read in different
  // ways by whoever gets the headers next (RFC 9110 §5.5).
  private control(octet: number, at: number): boolean {
    const { fault, lineFeed } = this.options;
    if (octet === 10 && (this.returned || lineFeed)) return this.endLine(at);
    if (this.returned) throw fault("malformed-header", "A part header has a bare CR.", at - 1);
    if (octet === 10) throw fault("malformed-header", "A part header has a bare LF.", at);
    if (octet === 0) throw fault("malformed-header", "A part header has a NUL octet.", at);
    this.returned = octet === 13;
    return false;
  }

  private endLine(at: number): boolean {
    const { linesMax, fault } = this.options;
    const empty = at - this.lineStart === (this.returned ? 1 : 0);
    this.returned = false;
    if (!empty && ++this.lines > linesMax) {
      const limit = { name: "headersMax", value: linesMax };
      const detail = `A part has more than ${linesMax} header lines.`;
      throw fault("header-too-large", detail, this.lineStart, limit);
    }
    this.lineStart = at + 1;
    return empty;
  }

  private carry(chunk: Uint8Array, from: number): number {
    this.append(chunk, from, chunk.length);
    return -1;
  }

  private append(chunk: Uint8Array, from: number, end: number): void {
    const size = this.size + end - from;
    if (size > this.carried.length) {
      const wider = new Uint8Array(Math.max(size, 2 * this.carried.length, 256));
      wider.set(this.carried.subarray(0, this.size));
      this.carried = wider;
    }
    if (end - from === 1) this.carried[this.size] = chunk[from] ?? 0;
    else this.carried.set(chunk.subarray(from, end), this.size);
    this.size = size;
  }
}
