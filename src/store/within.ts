// What is asked of a storage over the network is given up after a while: `unavailable`, in bounded time.
import { WaybillError } from "../base/fault.js";

export interface WithinOptions {
  readonly ms: number;
  /** Ends the work when it fires, too. */
  readonly signal?: AbortSignal | undefined;
}

/** The work is told by its signal; where it does not listen, nobody waits for it any more. */
export async function within<T>(
  { ms, signal }: WithinOptions,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const late = new AbortController();
  const either = signal ? AbortSignal.any([signal, late.signal]) : late.signal;
  let timer: NodeJS.Timeout | undefined;
  const tooLate = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => {
      reject(
        new WaybillError({ code: "unavailable", detail: "The storage did not answer in time." }),
      );
      late.abort();
    }, ms);
  });
  try {
    return await Promise.race([work(either), tooLate]);
  } finally {
    clearTimeout(timer);
  }
}

/** The chunks of a stream, each awaited no longer than that; nothing is timed while the consumer is at work. */
export async function* chunksWithin(
  source: AsyncIterable<unknown>,
  ms: number,
): AsyncGenerator<Uint8Array> {
  const chunks = source[Symbol.asyncIterator]();
  try {
    for (;;) {
      const { done, value } = await within({ ms }, () => chunks.next());
      if (done) return;
      if (value instanceof Uint8Array && value.length > 0) yield value;
    }
  } finally {
    // Not awaited: a stream that hangs may hang here as well.
    void Promise.resolve(chunks.return?.()).catch(() => undefined);
  }
}
