// What is due is done in the background: a list of small steps, one after the other, with time for requests
// between them. Knows the steps only as functions.

import type { PruneLease } from "./prune-lease.js";

/** Does a little; resolves to whether there may be more at once. Every step may be cut off and done again. */
export type PruneStep = () => Promise<boolean>;

export interface PrunerOptions {
  /** In the order in which one leaves work to the next. */
  readonly steps: readonly PruneStep[];
  /** From the end of one round to the start of the next; undefined for the first alone. */
  readonly intervalMs: number | undefined;
  /** For one pruner at a time; without it there is no other. */
  readonly lease?: PruneLease;
  /** A step that failed is tried again in the next round. */
  readonly onError?: (error: unknown) => void;
}

export interface Pruner {
  /** One round now; the one that is running, if one is. Never rejects. */
  run(): Promise<void>;
  /** Resolves when nothing runs, and nothing will. */
  stop(): Promise<void>;
}

/** Begins at once; does not keep the process alive. */
export function startPruner({ steps, intervalMs, lease, onError }: PrunerOptions): Pruner {
  const end = new AbortController();
  const isOver = (): boolean => end.signal.aborted;
  let running: Promise<void> | undefined;
  let timer: NodeJS.Timeout | undefined;

  // A log that fails must not end the rounds.
  const tell = (error: unknown): void => {
    try {
      onError?.(error);
    } catch {}
  };
  const isMine = async (): Promise<boolean> => !isOver() && (!lease || (await lease.hold()));
  const round = async (): Promise<void> => {
    for (const step of steps) {
      try {
        while ((await isMine()) && (await step())) await turn();
      } catch (error) {
        tell(error);
      }
    }
  };
  const roundAlone = async (): Promise<void> => {
    try {
      if (lease && !(await lease.take())) return;
      await round();
      await lease?.release();
    } catch (error) {
      tell(error);
    }
  };
  const schedule = (): void => {
    clearTimeout(timer);
    if (!isOver() && intervalMs !== undefined)
      timer = setTimeout(() => void run(), intervalMs).unref();
  };
  const run = (): Promise<void> =>
    (running ??= roundAlone().finally(() => {
      running = undefined;
      schedule();
    }));

  void run();
  return {
    run,
    async stop() {
      end.abort();
      clearTimeout(timer);
      await running;
    },
  };
}

function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
