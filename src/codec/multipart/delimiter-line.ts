// What follows the boundary on its line: padding and a line end, or two dashes, padding and a line end
// (RFC 2046 §5.1.1). Anything else, and the line was data after all. Goes on where a chunk ended.

/** Not decided yet. */
export const lineOpenEnded = 0;
/** A delimiter: a part follows. */
export const lineOpens = 1;
/** The closing delimiter. */
export const lineCloses = 2;
/** No delimiter; what ruled it out is not part of the line. */
export const lineIsData = 3;

export type LineVerdict = 0 | 1 | 2 | 3;

/** Spaces and tabs after the boundary; a longer run makes the line data. */
export const paddingMax = 32;

/** Octets of a line that can be undecided: dashes, padding, CR. */
export const lineTailMax = 2 + paddingMax + 1;

export class DelimiterLine {
  private readonly lineFeed: boolean;
  private dashes = 0;
  private padding = 0;
  private returned = false;

  constructor(lineFeed: boolean) {
    this.lineFeed = lineFeed;
  }

  /** The two dashes are there, so the body may end here, without a line end. */
  get closing(): boolean {
    return this.dashes === 2;
  }

  get padded(): boolean {
    return this.padding > 0;
  }

  /** The first index that is not of the line, of the chunk last scanned. */
  end = 0;

  /** A line that begins at `from`. */
  begin(chunk: Uint8Array, from: number): LineVerdict {
    this.dashes = 0;
    this.padding = 0;
    this.returned = false;
    if (chunk[from] !== 13 || chunk[from + 1] !== 10) return this.scan(chunk, from);
    this.end = from + 2;
    return lineOpens;
  }

  /** More of the line that has begun. */
  scan(chunk: Uint8Array, from: number): LineVerdict {
    let verdict: LineVerdict = lineOpenEnded;
    let at = from;
    while (at < chunk.length) {
      if (!this.returned && this.dashes !== 1) at = this.skipPadding(chunk, at);
      if (at === chunk.length) break;
      verdict = this.step(chunk[at] ?? 0);
      if (verdict !== lineIsData) at++;
      if (verdict !== lineOpenEnded) break;
    }
    this.end = at;
    return verdict;
  }

  private skipPadding(chunk: Uint8Array, from: number): number {
    const stop = Math.min(chunk.length, from + paddingMax - this.padding);
    let at = from;
    while (at + 4 <= stop && isFourSpaces(chunk, at)) at += 4;
    while (at < stop && (chunk[at] === 32 || chunk[at] === 9)) at++;
    this.padding += at - from;
    return at;
  }

  private step(octet: number): LineVerdict {
    if (octet === 10 && (this.returned || this.lineFeed)) return this.complete();
    if (this.returned) return lineIsData;
    if (octet === 45 && this.padding === 0 && this.dashes < 2) this.dashes++;
    else if (octet === 13 && this.dashes !== 1) this.returned = true;
    else return lineIsData;
    return lineOpenEnded;
  }

  private complete(): LineVerdict {
    if (this.dashes === 1) return lineIsData;
    return this.closing ? lineCloses : lineOpens;
  }
}

// Padding that is none, after octets that look like a boundary, is what a hostile body may be made of.
function isFourSpaces(chunk: Uint8Array, at: number): boolean {
  return chunk[at] === 32 && chunk[at + 1] === 32 && chunk[at + 2] === 32 && chunk[at + 3] === 32;
}
