// A response body as a Web stream that is pulled chunk by chunk.
import type { BodySource } from "./body-source.js";

/** Rejects when the body fails before its first chunk; a later failure is the stream's. */
export async function webStream(source: BodySource): Promise<ReadableStream<Uint8Array>> {
  let first = await source.next();
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const chunk = first ?? (await source.next());
        first = undefined;
        if (chunk) controller.enqueue(chunk);
        else controller.close();
      },
      cancel: () => source.cancel(),
    },
    // Nothing ahead of what is read.
    { highWaterMark: 0 },
  );
}
