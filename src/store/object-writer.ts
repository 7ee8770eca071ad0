// One object on its way to a storage in pieces, whoever's: open until it is closed or given up, made once, and nothing
// left of one that is given up, whatever was heard of it. How pieces are sent and the object is made is each vendor's.
import { WaybillError } from "../base/fault.js";
import type { Pieces } from "./pieces.js";
import type { BlobWriter } from "./store.js";

export interface ObjectWriterOptions {
  readonly pieces: Pieces;
  /** All is there. */
  make(): Promise<void>;
  /** Ends what is on its way. */
  interrupt(): void | Promise<void>;
  /** Once nothing is on its way: deletes what there is. With `isMade`, that may be the object itself. */
  discard(isMade: boolean): Promise<void>;
}

export function createObjectWriter(options: ObjectWriterOptions): BlobWriter {
  const { pieces, make, interrupt, discard } = options;
  let state: "open" | "closed" | "aborted" = "open";
  let made: Promise<void> | undefined;
  const assertOpen = (): void => {
    if (state === "open") return;
    throw new WaybillError({ code: "internal", detail: `Blob is ${state}.` });
  };
  return {
    write(bytes) {
      assertOpen();
      return pieces.add(bytes);
    },
    async close() {
      assertOpen();
      state = "closed";
      made = make();
      await made;
    },
    async abort() {
      if (state === "aborted") return;
      state = "aborted";
      await interrupt();
      await pieces.stop();
      await made?.catch(() => undefined);
      await discard(made !== undefined);
    },
  };
}
