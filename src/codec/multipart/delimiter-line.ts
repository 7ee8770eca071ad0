// What follows the boundary on its line: padding and a line end, or two dashes, padding and a line end
// (RFC 2046 §5.1.1). Anything else, and the line was data after all. Fed octet by octet.

/** Not decided yet. */
export const lineOpenEnded = 0;
/** A delimiter: a part follows. */
export const lineOpens = 1;
/** The closing delimiter. */
export const lineCloses = 2;
/** No delimiter; the octet just fed is not part of the line. */
export const lineIsData = 3;

export type LineVerdict = 0 | 1 | 2 | 3;

/** Spaces and tabs after the boundary; a longer run makes the line data. */
export const paddingMax = 256;

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

  reset(): void {
    this.dashes = 0;
    this.padding = 0;
    this.returned = false;
  }

  /** The two dashes are there, so the body may end here, without a line end. */
  get closing(): boolean {
    return this.dashes === 2;
  }

  get padded(): boolean {
    return this.padding > 0;
  }

  step(octet: number): LineVerdict {
    if (octet === 10 && (this.returned || this.lineFeed)) return this.complete();
    if (this.returned) return lineIsData;
    if (octet === 45 && this.padding === 0 && this.dashes < 2) this.dashes++;
    else if (this.dashes === 1) return lineIsData;
    else if (octet === 13) this.returned = true;
    else if ((octet === 32 || octet === 9) && this.padding < paddingMax) this.padding++;
    else return lineIsData;
    return lineOpenEnded;
  }

  private complete(): LineVerdict {
    if (this.dashes === 1) return lineIsData;
    return this.closing ? lineCloses : lineOpens;
  }
}
