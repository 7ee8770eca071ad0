// Finds a document type declaration where one may stand: before the root element (XML 1.0 §2.8). The parser
// would gather all of it first, and it may be of any size.

const DECLARATION = "<!DOCTYPE";
const COMMENT = "<!--";

/** Looks at text that comes in pieces. */
export class DoctypeFinder {
  /** Markup that is begun, as long as it is not known which it is. */
  #markup = "";
  /** What ends the comment or instruction at hand, and how much of that has come. */
  #terminator = "";
  #matched = 0;
  #isPast = false;

  /** The index in `text` after `<!DOCTYPE`, or -1. */
  find(text: string): number {
    for (let i = 0; i < text.length && !this.#isPast; i++) {
      if (this.#terminator !== "") this.#skip(text.charAt(i));
      else if (this.#begin(text.charAt(i))) return i + 1;
    }
    return -1;
  }

  /** Is the declaration's name complete? All that begins neither it, a comment nor an instruction is the root. */
  #begin(character: string): boolean {
    if (this.#markup === "" && character !== "<") return false;
    const markup = this.#markup + character;
    this.#markup = markup;
    if (markup === COMMENT) this.#enter("-->");
    else if (markup === "<?") this.#enter("?>");
    else if (!DECLARATION.startsWith(markup) && !COMMENT.startsWith(markup)) this.#isPast = true;
    return markup === DECLARATION;
  }

  #enter(terminator: string): void {
    this.#markup = "";
    this.#terminator = terminator;
    this.#matched = 0;
  }

  #skip(character: string): void {
    const terminator = this.#terminator;
    if (character === terminator.charAt(this.#matched)) this.#matched++;
    // `--->` and `??>` end too: one more of the first character changes nothing.
    else if (character !== terminator.charAt(0)) this.#matched = 0;
    if (this.#matched === terminator.length) this.#terminator = "";
  }
}
