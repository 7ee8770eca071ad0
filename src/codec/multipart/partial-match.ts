// Where a chunk may end in the beginning of a delimiter. Only lengths at which the delimiter has the
// chunk's last octet are tried, so most chunks cost one look.

// Copied, as 256 octets (a typed array that large is not on the heap) take six times as long to make.
const noLengths: readonly number[] = Array.from({ length: 256 }, () => 0);

export class PartialMatch {
  private readonly needle: Uint8Array;
  /** By octet: the greatest length under the whole at which the needle ends in it; 0 for none. */
  private readonly longest = noLengths.slice();
  /** By length: the next shorter one with the same last octet; 0 for none. */
  private readonly shorter: Uint8Array;

  /** `needle`: at most 255 octets. */
  constructor(needle: Uint8Array) {
    this.needle = needle;
    this.shorter = new Uint8Array(needle.length);
    for (let length = 1; length < needle.length; length++) {
      const octet = needle[length - 1] ?? 0;
      this.shorter[length] = this.longest[octet] ?? 0;
      this.longest[octet] = length;
    }
  }

  /** How many octets at the end of the chunk, none before `start`, are the needle's first ones. */
  lengthAtEnd(chunk: Uint8Array, start: number): number {
    let length = this.longest[chunk[chunk.length - 1] ?? 0] ?? 0;
    while (length > 0) {
      if (chunk.length - length >= start && this.matches(chunk, length)) return length;
      length = this.shorter[length] ?? 0;
    }
    return 0;
  }

  private matches(chunk: Uint8Array, length: number): boolean {
    const { needle } = this;
    const from = chunk.length - length;
    for (let i = 0; i < length; i++) if (chunk[from + i] !== needle[i]) return false;
    return true;
  }
}
