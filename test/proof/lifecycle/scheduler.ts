// Orders the steps of several actors: each asks before every step, and one at a time goes on, when nothing else moves.
// Which one is a choice; a schedule is the list of choices that were not the usual one, and replays.
import { AsyncLocalStorage } from "node:async_hooks";

/** At step `at`, the actor of this name goes on instead of the one that was running. */
export interface Switch {
  readonly at: number;
  readonly to: string;
}

export interface Step {
  readonly actor: string;
  readonly call: string;
  /** Who else could have gone on. */
  readonly others: readonly string[];
}

export interface Run {
  readonly steps: readonly Step[];
  /** What was not the usual choice. */
  readonly switches: readonly Switch[];
}

/** Of the actors that can go on, the next; `usual` is who would without it. */
export type Choose = (at: number, actors: readonly string[], usual: string) => string;

export interface Scheduler {
  /** Asks for a step of the actor that calls. */
  readonly pass: (call: string) => Promise<void>;
  /** Each by name; rejects with what an actor rejects with, and when they can none of them go on. */
  run(actors: Readonly<Record<string, () => Promise<void>>>, choose: Choose): Promise<Run>;
}

export interface SchedulerOptions {
  /** Calls that were let through and are not over. */
  readonly underWay: () => number;
  /** Called when nothing moves, after a step that may have changed something. */
  readonly look: () => Promise<void>;
}

interface Waiting {
  readonly actor: string;
  readonly call: string;
  go(): void;
}

/** Who asks. One for all schedules: each that there is makes every promise of the process dearer. */
const current = new AsyncLocalStorage<string>();

/** Turns of the event loop in which nothing happens, after which nothing will. */
const calmTurns = 3;

export function createScheduler({ underWay, look }: SchedulerOptions): Scheduler {
  const waiting: Waiting[] = [];
  let moves = 0;
  let open = false;

  const quiet = async (): Promise<void> => {
    for (let calm = 0; calm < calmTurns;) {
      const before = moves;
      await new Promise((resolve) => setImmediate(resolve));
      calm = moves === before && underWay() === 0 ? calm + 1 : 0;
    }
  };

  return {
    pass(call) {
      moves++;
      // A transaction runs alone: nobody else can come between its statements.
      if (!open || call.startsWith("sql ")) return Promise.resolve();
      return new Promise((go) => waiting.push({ actor: current.getStore() ?? "", call, go }));
    },

    async run(actors, choose) {
      open = true;
      const steps: Step[] = [];
      const switches: Switch[] = [];
      const left = new Set(Object.keys(actors));
      let failure: { error: unknown } | undefined;
      for (const [name, act] of Object.entries(actors))
        void current.run(name, () =>
          act()
            .catch((error: unknown) => (failure ??= { error }))
            .finally(() => {
              left.delete(name);
              moves++;
            }),
        );
      let usual = Object.keys(actors)[0] ?? "";
      try {
        for (;;) {
          await quiet();
          if (failure) throw failure.error;
          if (isChange(steps.at(-1))) await look();
          if (waiting.length === 0) break;
          const names = [...new Set(waiting.map(({ actor }) => actor))];
          if (!names.includes(usual)) usual = names[0] ?? "";
          const actor = choose(steps.length, names, usual);
          const index = waiting.findIndex((each) => each.actor === actor);
          const [next] = waiting.splice(index, 1);
          if (!next) throw new Error(`There is no ${actor} at step ${steps.length}.`);
          if (actor !== usual) switches.push({ at: steps.length, to: actor });
          const others = names.filter((each) => each !== actor);
          steps.push({ actor, call: next.call, others });
          usual = actor;
          moves++;
          next.go();
        }
        if (left.size > 0) throw new Error(`Stuck: ${[...left].join(", ")}.`);
        return { steps, switches };
      } catch (error) {
        throw new ScheduleError({ steps, switches }, error);
      } finally {
        open = false;
        for (const { go } of waiting.splice(0)) go();
      }
    },
  };
}

const changes = /^(db (?!SELECT)|store (close|delete|abort|finish|sweep)|crash|client)(?!.* done$)/;

function isChange(step: Step | undefined): boolean {
  return step !== undefined && changes.test(step.call);
}

export class ScheduleError extends Error {
  readonly run: Run;

  constructor(run: Run, cause: unknown) {
    super(cause instanceof Error ? cause.message : String(cause), { cause });
    this.run = run;
  }
}

/** The usual choice everywhere but at these steps. */
export function chooseBy(switches: readonly Switch[]): Choose {
  return (at, actors, usual) => {
    const to = switches.find((each) => each.at === at)?.to;
    return to !== undefined && actors.includes(to) ? to : usual;
  };
}
