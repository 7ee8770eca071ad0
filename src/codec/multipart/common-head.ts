// The head that nearly every part has, read where it stands: a name, perhaps a filename, perhaps a type,
// as browsers and fetch write them. Says nothing to any other, which the general reader then reads;
// where this one speaks, both say the same.
import { bytesOfLatin1, readLatin1 } from "./latin1.js";
import { type ChunkWords, StandingText } from "./standing-text.js";
import type { PartHead } from "./part-head.js";

const opening = new StandingText(bytesOfLatin1('Content-Disposition: form-data; name="'));
const nameStart = opening.octets.length;
const filenameOpening = new StandingText(bytesOfLatin1('; filename="'));
const filenameStart = filenameOpening.octets.length;
const typeOpening = new StandingText(bytesOfLatin1("\r\nContent-Type: "));
const typeStart = typeOpening.octets.length;
const blankLine = new StandingText(bytesOfLatin1("\r\n\r\n"));
const blankBytes = blankLine.octets.length;
const valueStart = "Content-Disposition: ".length;

/** Header lines of the longest such head. */
export const commonLinesMax = 2;

export class CommonHead {
  private readonly nameBytesMax: number;
  private readonly words: ChunkWords;
  /** Of the head last found: where its parts end, from its start; 0 for none. */
  private nameEnd = 0;
  private filenameEnd = 0;
  private typeEnd = 0;

  constructor(nameBytesMax: number, words: ChunkWords) {
    this.nameBytesMax = nameBytesMax;
    this.words = words;
  }

  /** The index after the empty line; -1 where there is no such head, or none that ends before `stop`. */
  find(chunk: Uint8Array, from: number, stop: number): number {
    const { words } = this;
    if (!opening.standsAt(from, stop, chunk, words)) return -1;
    const nameEnd = this.quoteAfter(chunk, from + nameStart, stop);
    if (nameEnd < 0) return -1;
    this.nameEnd = nameEnd - from;
    this.filenameEnd = 0;
    this.typeEnd = 0;
    let end = nameEnd + 1;
    if (chunk[end] !== 13) {
      if (!filenameOpening.standsAt(end, stop, chunk, words)) return -1;
      const filenameEnd = this.quoteAfter(chunk, end + filenameStart, stop);
      if (filenameEnd < 0) return -1;
      this.filenameEnd = filenameEnd - from;
      end = filenameEnd + 1;
    }
    if (blankLine.standsAt(end, stop, chunk, words)) return end + blankBytes;
    if (!typeOpening.standsAt(end, stop, chunk, words)) return -1;
    const typeEnd = valueEnd(chunk, end + typeStart, stop);
    if (typeEnd < 0 || !blankLine.standsAt(typeEnd, stop, chunk, words)) return -1;
    this.typeEnd = typeEnd - from;
    return typeEnd + blankBytes;
  }

  /** What was found from `from` to `end`. */
  read(chunk: Uint8Array, from: number, end: number, index: number, offset: number): PartHead {
    const { nameEnd, filenameEnd, typeEnd } = this;
    if (filenameEnd === 0 && typeEnd === 0)
      return headOfField(readLatin1(chunk, from + nameStart, from + nameEnd), index, offset);
    const text = readLatin1(chunk, from, end);
    const lineEnd = (filenameEnd || nameEnd) + 1;
    const mediaType = typeEnd > 0 ? text.slice(lineEnd + typeStart, typeEnd) : undefined;
    const disposition = ["content-disposition", text.slice(valueStart, lineEnd)] as const;
    return {
      index,
      offset,
      disposition: "form-data",
      name: text.slice(nameStart, nameEnd),
      filename: filenameEnd > 0 ? text.slice(nameEnd + 1 + filenameStart, filenameEnd) : undefined,
      mediaType,
      transferEncoding: undefined,
      headers: mediaType === undefined ? [disposition] : [disposition, ["content-type", mediaType]],
    };
  }

  // Escapes and what is no printable ASCII are the general reader's, and names that are too long.
  private quoteAfter(chunk: Uint8Array, from: number, stop: number): number {
    const end = Math.min(stop, from + this.nameBytesMax + 1);
    for (let at = from; at < end; at++) {
      const octet = chunk[at] ?? 0;
      if (octet === 34) return at;
      if (octet < 32 || octet > 126 || octet === 92) return -1;
    }
    return -1;
  }
}

// Most are short, and read without a native call if they are read alone.
function headOfField(name: string, index: number, offset: number): PartHead {
  return {
    index,
    offset,
    disposition: "form-data",
    name,
    filename: undefined,
    mediaType: undefined,
    transferEncoding: undefined,
    headers: [["content-disposition", `form-data; name="${name}"`]],
  };
}

// Where the CR after a value of printable ASCII stands, with no blank at either end.
function valueEnd(chunk: Uint8Array, from: number, stop: number): number {
  if (chunk[from] === 32) return -1;
  for (let at = from; at < stop; at++) {
    const octet = chunk[at] ?? 0;
    if (octet === 13) return at === from || chunk[at - 1] === 32 ? -1 : at;
    if (octet < 32 || octet > 126) return -1;
  }
  return -1;
}
