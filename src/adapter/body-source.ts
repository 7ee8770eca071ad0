// Pulls the chunks of a response body, and sees that they are as many octets as the head has promised:
// what is cut short must never look complete.

export interface BodySource {
  /** The next chunk, or undefined after the last. Rejects with the body's own error, or when the length is wrong. */
  next(): Promise<Uint8Array | undefined>;
  /** Lets the body release what it holds. Never throws; of no effect after its end. */
  cancel(): void;
}

/** `size` in octets, where it is known beforehand. */
export function createBodySource(
  body: AsyncIterable<Uint8Array>,
  size: number | undefined,
): BodySource {
  const iterator = body[Symbol.asyncIterator]();
  let bytes = 0;
  let isOver = false;

  const cancel = (): void => {
    if (isOver) return;
    isOver = true;
    // Nobody is left to be told of an error.
    Promise.resolve(iterator.return?.()).catch(() => undefined);
  };

  const pull = async (): Promise<Uint8Array | undefined> => {
    const { done, value } = await iterator.next();
    if (isOver) return undefined;
    if (done) isOver = true;
    bytes += done ? 0 : value.length;
    if (size !== undefined && (done ? bytes !== size : bytes > size)) {
      throw new Error(
        `A response body of ${size} octets has ${done ? "only" : "at least"} ${bytes}.`,
      );
    }
    return done ? undefined : value;
  };

  return {
    cancel,
    async next() {
      if (isOver) return undefined;
      try {
        return await pull();
      } catch (error) {
        cancel();
        throw error;
      }
    },
  };
}
