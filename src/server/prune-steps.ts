// What a server removes in the background, in small steps.
import { expireDrafts } from "../resource/expire-drafts.js";
import type { Answers } from "../resource/answers.js";
import { forgetEvents } from "../upload/forget-events.js";
import { createAbandonedStep, createReapStep, type ReapOptions } from "../upload/prune.js";
import type { PruneStep } from "../upload/pruner.js";
import { createPurgeStep } from "../upload/quarantined.js";
import type { Uploads } from "../upload/uploads.js";
import { abandonDeliveries } from "../upload/webhooks.js";

export interface Due extends ReapOptions {
  readonly answers: Answers;
  readonly staged: Uploads;
  readonly eventsMs: number;
  /** How long an upload may take. */
  readonly uploadsMs: number;
  /** Of the only process on its data. */
  readonly isAlone: boolean | undefined;
}

/** By name, in the order in which one leaves work to the next. */
export function pruneSteps({
  answers,
  staged,
  eventsMs,
  isAlone,
  uploadsMs,
  ...data
}: Due): Map<string, PruneStep> {
  const steps: Record<string, PruneStep> = {
    drafts: () => expireDrafts(data),
    answers: () => answers.prune(),
    verify: () => staged.resumable.settle(),
    uploads: () => staged.expire(),
    deliveries: () => abandonDeliveries(data),
    events: () => forgetEvents({ ...data, keepMs: eventsMs }),
    bytes: createReapStep(data),
    quarantine: createPurgeStep(data),
    // One that is alone clears up at its start.
    ...(isAlone ? {} : { abandoned: createAbandonedStep({ ...data, uploadsMs }) }),
  };
  return new Map(Object.entries(steps));
}
