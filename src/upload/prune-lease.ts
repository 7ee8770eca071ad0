// One pruner at a time, across all processes on one database. Each step may be done by two at once all the same:
// the lease saves work, the compare-and-sets of the steps keep it right.
import type { Clock } from "../base/clock.js";
import type { Db } from "../db/db.js";
import { leases } from "../db/leases.js";

export interface PruneLease {
  /** False while another process has it. */
  take(): Promise<boolean>;
  /** Before each step. False when it was taken over: then the round is over too. */
  hold(): Promise<boolean>;
  release(): Promise<void>;
}

export interface PruneLeaseOptions {
  readonly db: Db;
  readonly clock: Clock;
  /** Who comes again under this name takes over at once: a server after a crash. */
  readonly holder: string;
}

const name = "prune";
const leaseMs = 30_000;

export function createPruneLease({ db, clock, holder }: PruneLeaseOptions): PruneLease {
  let held: { readonly epoch: number; readonly atMs: number } | undefined;
  return {
    async take() {
      const nowMs = clock.now();
      const lease = { name, holder, nowMs, untilMs: nowMs + leaseMs };
      const epoch = await db.transaction((sql) => leases.take(sql, lease));
      held = epoch === undefined ? undefined : { epoch, atMs: nowMs };
      return held !== undefined;
    },
    async hold() {
      const nowMs = clock.now();
      if (!held) return false;
      if (nowMs - held.atMs < leaseMs / 3) return true;
      const isMine = await leases.hold(db, { name, epoch: held.epoch, untilMs: nowMs + leaseMs });
      held = isMine ? { ...held, atMs: nowMs } : undefined;
      return isMine;
    },
    async release() {
      if (held) await leases.hold(db, { name, epoch: held.epoch, untilMs: 0 });
      held = undefined;
    },
  };
}
