// Joins small runs of octets, so that a form of many fields is a few chunks. Large ones pass as they are.

const gatheredMax = 32_768;
const smallMax = 8192;

export class OctetGatherer {
  private held: Uint8Array[] = [];
  private size = 0;

  /** Hands on what is now ready, in order; it must be taken. */
  *add(octets: Uint8Array): Generator<Uint8Array> {
    if (octets.length > smallMax) {
      yield* this.flush();
      yield octets;
      return;
    }
    if (this.size + octets.length > gatheredMax) yield* this.flush();
    this.held.push(octets);
    this.size += octets.length;
  }

  *flush(): Generator<Uint8Array> {
    if (this.size === 0) return;
    const joined = joinOctets(this.held, this.size);
    this.held = [];
    this.size = 0;
    yield joined;
  }
}

/** `size` is that of all the pieces together. */
export function joinOctets(pieces: readonly Uint8Array[], size: number): Uint8Array {
  const joined = new Uint8Array(size);
  let at = 0;
  for (const piece of pieces) {
    joined.set(piece, at);
    at += piece.length;
  }
  return joined;
}
