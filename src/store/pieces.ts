// Octets that come in chunks of any size, sent in pieces of a wanted size: one is on its way while the next fills, so that
// never more than two are held.

export interface PiecesOptions {
  /** Of the next piece, in octets. */
  size(): number;
  /** One at a time; a failure is final. */
  send(bytes: Buffer): Promise<void>;
}

export interface Pieces {
  /** The bytes may be reused once it settles, or at once where there is no promise. */
  add(bytes: Uint8Array): void | Promise<void>;
  /** When all pieces are sent: what is left, less than a piece. */
  rest(): Promise<Buffer>;
  /** Takes no more, and resolves when nothing is on its way. */
  stop(): Promise<void>;
}

export function createPieces({ size, send }: PiecesOptions): Pieces {
  let chunks: Uint8Array[] = [];
  let held = 0;
  let wanted = size();
  let sending: Promise<void> = Promise.resolve();
  let isStopped = false;

  const keep = (bytes: Uint8Array): void => {
    chunks.push(Buffer.from(bytes)); // a copy: they may be reused
    held += bytes.length;
  };
  const take = (): Buffer => {
    const bytes = Buffer.concat(chunks, held);
    chunks = [];
    held = 0;
    return bytes;
  };
  async function fill(bytes: Uint8Array): Promise<void> {
    let rest = bytes;
    while (held + rest.length >= wanted) {
      const cut = wanted - held;
      keep(rest.subarray(0, cut));
      rest = rest.subarray(cut);
      await sending;
      if (isStopped) return;
      sending = send(take());
      sending.catch(() => undefined); // whoever comes next is told
      wanted = size();
    }
    if (rest.length > 0) keep(rest);
  }

  return {
    add(bytes) {
      if (held + bytes.length < wanted) keep(bytes);
      else return fill(bytes);
    },
    async rest() {
      await sending;
      return take();
    },
    async stop() {
      isStopped = true;
      chunks = [];
      held = 0;
      await sending.catch(() => undefined);
    },
  };
}
