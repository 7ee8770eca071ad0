// What octets are read from, whichever kind of stream it is: one chunk at a time, when asked.

/** A Node readable is an async iterable too. Chunks of text are refused. */
export type OctetSource = AsyncIterable<Uint8Array> | ReadableStream<Uint8Array>;

export interface OctetReader {
  /** The next chunk, perhaps empty; undefined at the end. */
  next(): Promise<Uint8Array | undefined>;
  /** Tells the source that no more is wanted. Never rejects: who closes has his own error, or none. */
  close(): Promise<void>;
}

export function readOctets(source: OctetSource): OctetReader {
  return "getReader" in source ? readStream(source) : readIterable(source);
}

// Not by the stream's own async iterator: Safari has none.
function readStream(source: ReadableStream<Uint8Array>): OctetReader {
  const reader = source.getReader();
  return {
    async next() {
      const { done, value } = await reader.read();
      return done ? undefined : octets(value);
    },
    close: () => quietly(reader.cancel()),
  };
}

function readIterable(source: AsyncIterable<Uint8Array>): OctetReader {
  const iterator = source[Symbol.asyncIterator]();
  let begun = false;
  return {
    async next() {
      begun = true;
      const { done, value } = await iterator.next();
      return done === true ? undefined : octets(value);
    },
    async close() {
      // A generator that has not begun ignores `return`, and that of a Node readable is one.
      if (!begun) destroy(source);
      await quietly(iterator.return?.());
    },
  };
}

function destroy(source: object): void {
  const method: unknown = Reflect.get(source, "destroy");
  if (typeof method === "function") method.call(source);
}

async function quietly(closing: Promise<unknown> | undefined): Promise<void> {
  await closing?.catch(() => undefined);
}

function octets(value: unknown): Uint8Array {
  if (value instanceof Uint8Array) return value;
  throw new TypeError("The source gives something else than octets.");
}
