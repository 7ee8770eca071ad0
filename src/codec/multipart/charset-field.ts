// The `_charset_` field of a form: the charset of the text parts after it that name none (RFC 7578 §4.6).
import { readLatin1Portably } from "./latin1.js";

/** No label of the Encoding standard comes near it. */
const labelOctetsMax = 64;

export class CharsetField {
  private inside = false;
  private text = "";

  /** What it has said so far; undefined for nothing. */
  get label(): string | undefined {
    const label = this.text.trim();
    return label === "" ? undefined : label;
  }

  beginPart(name: string | undefined): void {
    this.inside = name === "_charset_";
    if (this.inside) this.text = "";
  }

  takeData(bytes: Uint8Array): void {
    if (!this.inside) return;
    const size = Math.min(bytes.length, labelOctetsMax - this.text.length);
    this.text += readLatin1Portably(bytes, 0, size);
  }
}
