// A run in which one call goes wrong: the n-th from the beginning of the acts. It fails before it has done anything or
// after it has, never comes back, or the process dies there; then the truth is looked at as ever.
import { WaybillError } from "../../../src/base/fault.js";
import type { Store } from "../../../src/store/store.js";
import type { Act, Shared, Stage } from "./clients.js";
import { createTruth } from "./truth.js";
import { createWorld } from "./world.js";

export type Fault = "fails" | "hangs" | "dies";

export interface Scene {
  readonly before?: readonly Act[];
  /** All begin at once; each ends by itself. */
  readonly acts: readonly Act[];
}

export interface Strike {
  readonly fault: Fault;
  /** Which call it is, from 1; more than there are for none. */
  readonly at: number;
  readonly store?: Store;
}

export interface Struck {
  /** Calls that were made until the end of the acts. */
  readonly calls: number;
  /** What was struck. */
  readonly call: string | undefined;
}

/** Turns of the event loop for others to go on beside a call that hangs. */
const patienceTurns = 30;

export async function strike({ before = [], acts }: Scene, how: Strike): Promise<Struck> {
  const { fault, at } = how;
  let armed = false;
  let calls = 0;
  let struck: string | undefined;
  const starts: Promise<void>[] = [];

  const restart = (): void => {
    world.crash();
    starts.push(world.start());
  };
  const gate = async (call: string): Promise<void> => {
    if (!armed || call.startsWith("client") || ++calls !== at) return;
    struck = call;
    if (fault === "fails") throw unavailable();
    if (fault === "hangs") for (let i = 0; i < patienceTurns; i++) await turn();
    restart();
    await new Promise(() => undefined);
  };
  const world = await createWorld({ gate, ...(how.store ? { store: how.store } : {}) });
  const truth = createTruth();
  const shared: Shared = {};
  const stage: Stage = {
    world,
    truth: { ...truth, toldWhole: () => undefined },
    pass: async () => undefined,
    shared,
    allowed: ({ status }, statuses) => [...statuses, 503, 507].includes(status),
  };
  try {
    await world.start();
    await world.prune();
    for (const act of before) await act(stage);
    armed = true;
    await Promise.all(acts.map((act) => act(stage)));
    armed = false;
    await Promise.all(starts);
    await truth.settle(world, { mayLeave: struck !== undefined });
    return { calls, call: struck };
  } catch (error) {
    const place = `${fault} at ${at} (${struck ?? "no call"})`;
    const message = error instanceof Error ? error.message : String(error);
    throw new Error(`${place}: ${message}`, { cause: error });
  } finally {
    await world.close();
  }
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

function unavailable(): WaybillError {
  return new WaybillError({ code: "unavailable", detail: "A fault on purpose." });
}
