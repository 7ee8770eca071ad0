// Text that is cut anywhere, given on with no character cut in two. The tokenizer takes a surrogate that stands
// alone for half of whatever is next to it.

const loneSurrogate = /\p{Surrogate}/u;

/** Holds back the first half of a character until the second comes. */
export class WholeCharacters {
  #held = "";

  /** Is half of a character left at the end? */
  get open(): boolean {
    return this.#held !== "";
  }

  /** What is whole by now, and the index in it of the first half that has no other, or -1. */
  take(piece: string): { readonly text: string; readonly lone: number } {
    const all = this.#held + piece;
    const code = all.charCodeAt(all.length - 1);
    const size = code >= 0xd800 && code <= 0xdbff ? all.length - 1 : all.length;
    this.#held = all.slice(size);
    const text = all.slice(0, size);
    return { text, lone: text.search(loneSurrogate) };
  }
}
