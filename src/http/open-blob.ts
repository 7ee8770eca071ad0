// Stored bytes that a response or a hook reads, held open so that nothing takes them away meanwhile.
import type { HttpResponse } from "./exchange.js";

/** As the store has it: `end` is inclusive. */
export interface OpenBlob {
  read(range?: { readonly start: number; readonly end: number }): AsyncIterable<Uint8Array>;
  close(): Promise<void>;
}

type Chunks = AsyncIterable<Uint8Array>;

export async function* readWhole(open: () => Promise<OpenBlob>): AsyncGenerator<Uint8Array> {
  const blob = await open();
  try {
    yield* blob.read();
  } finally {
    await blob.close();
  }
}

/** The response, with the blob closed once its body is read or given up; at once when it has no stream. */
export async function closeAfter(response: HttpResponse, blob: OpenBlob): Promise<HttpResponse> {
  const { body } = response;
  if (isStream(body)) return { ...response, body: closing(body, blob) };
  await blob.close();
  return response;
}

/** Gives up a body that nobody will read. */
export async function releaseBody({ body }: HttpResponse): Promise<void> {
  if (isStream(body)) await body[Symbol.asyncIterator]().return?.();
}

export function isStream(body: HttpResponse["body"]): body is Chunks {
  return typeof body === "object" && !(body instanceof Uint8Array);
}

// No generator: one that was never begun does not run its `finally` when it is given up.
function closing(body: Chunks, blob: OpenBlob): Chunks {
  const inner = body[Symbol.asyncIterator]();
  const iterator: AsyncIterator<Uint8Array> = {
    async next() {
      try {
        const result = await inner.next();
        if (result.done) await blob.close();
        return result;
      } catch (error) {
        await blob.close();
        throw error;
      }
    },
    async return() {
      try {
        await inner.return?.();
      } finally {
        await blob.close();
      }
      return { done: true, value: undefined };
    },
  };
  return { [Symbol.asyncIterator]: () => iterator };
}
