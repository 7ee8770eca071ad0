// One schedule of one cast: a world of its own, what is there before, the actors under the scheduler, and the truth
// about it at every step and at the end.
import {
  createScheduler,
  ScheduleError,
  type Choose,
  type Run,
  type Scheduler,
} from "./scheduler.js";
import { createTruth } from "./truth.js";
import type { Act, Shared, Stage } from "./clients.js";
import { createWorld } from "./world.js";

export interface Cast {
  /** Before the others begin, with nobody beside them. */
  readonly before: readonly Act[];
  readonly actors: Readonly<Record<string, Act>>;
}

/** Rejects with a ScheduleError for what must not be. */
export async function play({ before, actors }: Cast, choose: Choose): Promise<Run> {
  let scheduler: Scheduler | undefined;
  const pass = async (call: string): Promise<void> => scheduler?.pass(call);
  const world = await createWorld({ gate: pass });
  const truth = createTruth();
  scheduler = createScheduler({
    underWay: () => world.underWay(),
    look: () => truth.look(world),
  });
  const shared: Shared = {};
  const stage: Stage = {
    world,
    truth,
    pass,
    shared,
    allowed: ({ status }, statuses) => statuses.includes(status),
  };
  let run: Run = { steps: [], switches: [] };
  try {
    await world.start();
    await world.prune();
    // Nobody looks at its steps.
    const alone = { ...stage, truth: { ...truth, toldWhole: () => undefined } };
    for (const act of before) await act(alone);
    const acts = Object.entries(actors).map(([name, act]) => [name, () => act(stage)] as const);
    run = await scheduler.run(Object.fromEntries(acts), choose);
    await truth.settle(world);
    return run;
  } catch (error) {
    throw error instanceof ScheduleError ? error : new ScheduleError(run, error);
  } finally {
    await world.close();
  }
}
