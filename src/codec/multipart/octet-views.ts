// Views of a few octets, each made once: a hostile body asks for one of its delimiter in every chunk.

export class OctetViews {
  private readonly octets: Uint8Array;
  private readonly known = new Map<number, Uint8Array>();

  /** At most 255 octets. */
  constructor(octets: Uint8Array) {
    this.octets = octets;
  }

  view(from: number, to: number): Uint8Array {
    const key = from * 256 + to;
    const known = this.known.get(key);
    if (known) return known;
    const made = this.octets.subarray(from, to);
    this.known.set(key, made);
    return made;
  }
}
