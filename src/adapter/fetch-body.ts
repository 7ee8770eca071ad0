// The octets of a Web `Request`, with the pace of the wall watched over its reader.
import type { WaybillError } from "../base/fault.js";
import type { Pace, RequestBody } from "../http/exchange.js";
import { clientGone, readTwice, requestTimeout } from "./body-fault.js";
import { watchPace } from "./pace-watch.js";

export interface FetchBody extends RequestBody {
  /** Cancels what is unread. */
  release(): void;
}

type Write = (chunk: Uint8Array) => void | Promise<void>;
type Reader = ReadableStreamDefaultReader<Uint8Array>;

export function createFetchBody(request: Request): FetchBody {
  const stream = request.body;
  const present = stream !== null && request.headers.get("content-length") !== "0";
  let reader: Reader | undefined;
  return {
    present,
    async pump(write, pace) {
      if (!present) return;
      if (reader) throw readTwice();
      reader = stream.getReader();
      await pumpReader(reader, request.signal, write, pace);
    },
    release() {
      // A stream that somebody else has locked is not ours to cancel: then this rejects.
      const cancelled = reader ? reader.cancel() : stream?.cancel();
      cancelled?.catch(() => undefined);
    },
  };
}

async function pumpReader(
  reader: Reader,
  signal: AbortSignal,
  write: Write,
  pace: Pace,
): Promise<void> {
  let bytes = 0;
  let isHeld = false;
  let failure: WaybillError | undefined;
  // Cancelling the reader ends its pending read, and a race of promises for every chunk is spared.
  const fail = (reason: WaybillError): void => {
    failure ??= reason;
    reader.cancel().catch(() => undefined);
  };
  const onAbort = (): void => fail(clientGone(bytes, signal.reason));
  const watch = watchPace(
    pace,
    () => isHeld,
    (slowness) => fail(requestTimeout(slowness, bytes)),
  );
  signal.addEventListener("abort", onAbort);
  if (signal.aborted) onAbort();
  try {
    for (;;) {
      const chunk = await read(reader, bytes);
      if (failure) throw failure;
      if (!chunk) return;
      bytes += chunk.length;
      watch.count(chunk.length);
      isHeld = true;
      await write(chunk);
      isHeld = false;
    }
  } finally {
    watch.stop();
    signal.removeEventListener("abort", onAbort);
  }
}

async function read(reader: Reader, bytes: number): Promise<Uint8Array | undefined> {
  try {
    const { done, value } = await reader.read();
    return done ? undefined : value;
  } catch (cause) {
    throw clientGone(bytes, cause);
  }
}
