// Finds a delimiter in a chunk. Short parts are searched here, so that they cost no native call; after
// some steps in one part the native search takes over, so that no octets can make it slow. Without a
// native search it goes on here: the needle has one CR, so comparing is linear in the haystack too.
import { ChunkWords, StandingText } from "./standing-text.js";

type NativeSearch = (chunk: Uint8Array, needle: Uint8Array, from: number) => number;

// About 1.5 KB of ordinary octets, and under a microsecond whatever they are.
const stepsMax = 48;

const classMask = 63;

const nativeSearch = chooseNative();

export class BoundarySearch {
  readonly needle: Uint8Array;
  private readonly text: StandingText;
  private readonly words: ChunkWords;
  private readonly native: NativeSearch | null;
  private readonly ends: Uint8Array;
  private steps = 0;

  /** `needle`: 1 to 255 octets of printable ASCII, CR and LF. `native`: null for a runtime without one. */
  constructor(needle: Uint8Array, words = new ChunkWords(), native = nativeSearch) {
    this.needle = needle;
    this.text = new StandingText(needle);
    this.words = words;
    this.native = native;
    this.ends = endsOf(needle);
  }

  /** To be called where a new part begins: the next octets are searched without a native call. */
  restart(): void {
    this.steps = 0;
  }

  /** The first index of the needle at or after `from`, or -1. */
  find(chunk: Uint8Array, from: number): number {
    if (chunk.length - from < this.needle.length) return -1;
    return this.native === null || this.steps < stepsMax
      ? this.horspool(chunk, from)
      : this.native(chunk, this.needle, from);
  }

  // Look at the octet under the needle's end, and step by how far it is from there.
  private horspool(chunk: Uint8Array, from: number): number {
    const { needle, ends, native, text, words } = this;
    const { length } = needle;
    const last = length - 1;
    const lastOctet = needle[last];
    const end = chunk.length - last;
    let left = native === null ? -1 : stepsMax - this.steps;
    let at = from;
    while (at < end && left !== 0) {
      const octet = chunk[at + last] ?? 0;
      if (octet === lastOctet && text.standsAt(at, chunk.length, chunk, words)) break;
      at += length - (ends[octet & classMask] ?? last);
      left--;
    }
    if (native !== null) this.steps = stepsMax - left;
    if (at >= end) return -1;
    return left === 0 && native !== null ? native(chunk, needle, at) : at;
  }
}

// How much of the needle, less its last octet, ends in an octet of a class; 0 for none. By class, since a
// table of 64 octets lies with its object: 256 octets of their own cost a small body a tenth of its time.
function endsOf(needle: Uint8Array): Uint8Array {
  const ends = new Uint8Array(classMask + 1);
  for (let i = 0; i < needle.length - 1; i++) ends[(needle[i] ?? 0) & classMask] = i + 1;
  return ends;
}

function chooseNative(): NativeSearch | null {
  if (!("Buffer" in globalThis)) return null;
  const { indexOf } = globalThis.Buffer.prototype;
  return (chunk, needle, from) => indexOf.call(chunk, needle, from);
}
