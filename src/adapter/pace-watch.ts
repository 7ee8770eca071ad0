// Tells when the other side of a connection has gone quiet or is too slow. Four coarse steps of one timer
// make up the idle time, so that a chunk costs one addition and no clock is read.
import type { Pace } from "../http/exchange.js";

export interface PaceWatch {
  /** That many octets have passed. */
  count(bytes: number): void;
  stop(): void;
}

export type Slowness = "silent" | "slow";

const idleSteps = 4;
const timerMsMax = 2 ** 31 - 1;

/**
 * Calls `onSlow` (again at every step, until stopped) after silence of `idleMsMax` to a quarter more, or
 * when the average falls below `bytesPerSecondMin`. Time in which `isHeld()`, by ourselves, does not count.
 */
export function watchPace(
  pace: Pace,
  isHeld: () => boolean,
  onSlow: (slowness: Slowness) => void,
): PaceWatch {
  const stepMs = Math.min(Math.max(pace.idleMsMax / idleSteps, 1), timerMsMax);
  let bytes = 0;
  let bytesBefore = 0;
  let steps = 0;
  let quietSteps = 0;

  const timer = setInterval(() => {
    const isQuiet = !isHeld() && bytes === bytesBefore;
    bytesBefore = bytes;
    quietSteps = isQuiet ? quietSteps + 1 : 0;
    if (isHeld()) return;
    steps++;
    const bytesMin = (pace.bytesPerSecondMin * steps * stepMs) / 1000;
    if (quietSteps >= idleSteps) onSlow("silent");
    else if (steps >= idleSteps && bytes < bytesMin) onSlow("slow");
  }, stepMs);

  return {
    count: (more) => void (bytes += more),
    stop: () => clearInterval(timer),
  };
}
