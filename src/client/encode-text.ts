/** Text as a body in UTF-8. */
export function encodeText(text: string): {
  contentLength: number;
  body: AsyncIterable<Uint8Array>;
} {
  const bytes = new TextEncoder().encode(text);
  return { contentLength: bytes.length, body: once(bytes) };
}

// Readable again, as for a retry.
function once(bytes: Uint8Array): AsyncIterable<Uint8Array> {
  return {
    async *[Symbol.asyncIterator]() {
      yield bytes;
    },
  };
}
