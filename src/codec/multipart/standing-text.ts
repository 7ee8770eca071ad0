// Whether a known text stands at a place in a chunk: what every delimiter and nearly every head is looked
// at for. In a chunk of many parts, eight octets at once.

/** What chunk is read, and as eight octets at once where many texts were looked for in it. */
export class ChunkWords {
  private chunk: Uint8Array | undefined;
  private view: DataView | undefined;
  private asked = 0;

  /** Undefined where single octets are cheaper: a view costs as much as some texts. */
  of(chunk: Uint8Array): DataView | undefined {
    if (chunk !== this.chunk) {
      this.forget();
      this.chunk = chunk;
    }
    if (this.asked < askedMax && ++this.asked === askedMax)
      this.view = new DataView(chunk.buffer, chunk.byteOffset, chunk.length);
    return this.view;
  }

  /** To be called where the chunk is no longer to be held. */
  forget(): void {
    this.chunk = undefined;
    this.view = undefined;
    this.asked = 0;
  }
}

const askedMax = 32;
const wordBytes = 8;

export class StandingText {
  readonly octets: Uint8Array;
  private words: Float64Array | undefined;

  /** `octets`: printable ASCII, CR and LF. */
  constructor(octets: Uint8Array) {
    this.octets = octets;
  }

  /** Does it begin at `at`, and end at or before `stop`? */
  standsAt(at: number, stop: number, chunk: Uint8Array, words: ChunkWords): boolean {
    const { octets } = this;
    if (stop - at < octets.length) return false;
    const view = octets.length < wordBytes ? undefined : words.of(chunk);
    if (view !== undefined) return this.standsInView(at, view);
    for (let i = 0; i < octets.length; i++) if (chunk[at + i] !== octets[i]) return false;
    return true;
  }

  // Eight octets of such text are no NaN and no zero, so as numbers they are equal where the octets are.
  private standsInView(at: number, view: DataView): boolean {
    this.words ??= wordsOf(this.octets);
    const { words } = this;
    const last = this.octets.length - wordBytes;
    let i = 0;
    for (let from = 0; from < last; from += wordBytes)
      if (view.getFloat64(at + from, true) !== words[i++]) return false;
    return view.getFloat64(at + last, true) === words[i];
  }
}

// The last word overlaps the one before it where the length is no multiple of eight.
function wordsOf(octets: Uint8Array): Float64Array {
  const { buffer, byteOffset, length } = octets;
  const view = new DataView(buffer, byteOffset, length);
  return Float64Array.from({ length: Math.ceil(length / wordBytes) }, (_, i) =>
    view.getFloat64(Math.min(i * wordBytes, length - wordBytes), true),
  );
}
