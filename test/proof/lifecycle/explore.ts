// Which schedules are tried: all with few switches between actors, one after the other, and then at random. Most that
// goes wrong between actors needs one switch or two (bounded preemption).
import type { Choose, Run, Switch } from "./scheduler.js";
import { chooseBy } from "./scheduler.js";

export interface ExploreOptions {
  /** Rejects for a schedule that goes wrong. */
  readonly play: (choose: Choose) => Promise<Run>;
  /** Schedules at most. */
  readonly max: number;
  readonly seed: number;
}

export interface Explored {
  readonly schedules: number;
  /** All with at most so many switches were tried. */
  readonly switches: number;
}

/** The first half in order of their switches, the rest at random. */
export async function explore({ play, max, seed }: ExploreOptions): Promise<Explored> {
  let level: readonly (readonly Switch[])[] = [[]];
  let [schedules, complete] = [0, -1];
  while (level.length > 0 && schedules < max / 2) {
    const next: Switch[][] = [];
    // In an order of its own, so that a level that is not finished is seen all over.
    for (const switches of shuffled(level, seeded(seed))) {
      if (schedules >= max / 2)
        return { schedules: schedules + (await random(max - schedules)), switches: complete };
      const run = await play(chooseBy(switches));
      schedules++;
      next.push(...withOneMore(switches, run));
    }
    complete++;
    level = next;
  }
  return { schedules: schedules + (await random(max - schedules)), switches: complete };

  async function random(count: number): Promise<number> {
    for (let i = 0; i < count; i++) await play(chooseAtRandom(seeded(seed + i)));
    return count;
  }
}

function withOneMore(switches: readonly Switch[], { steps }: Run): Switch[][] {
  const from = (switches.at(-1)?.at ?? -1) + 1;
  return steps.flatMap(({ others }, at) =>
    at < from ? [] : others.map((to) => [...switches, { at, to }]),
  );
}

/** Goes on with one for a while, as real machines do. */
function chooseAtRandom(random: () => number): Choose {
  const restless = random() * 0.6;
  return (_, actors, usual) =>
    random() < restless ? (actors[Math.floor(random() * actors.length)] ?? usual) : usual;
}

function shuffled<Item>(items: readonly Item[], random: () => number): Item[] {
  return items
    .map((item) => ({ item, place: random() }))
    .toSorted((a, b) => a.place - b.place)
    .map(({ item }) => item);
}

/** mulberry32. */
export function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
