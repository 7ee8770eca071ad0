// Every call to the database and to the store goes wrong once, in each scene, in each way; then the process starts
// anew where it has died, all that is due is done, and what clients were told must be true.
import { describe, expect, it } from "vitest";
import {
  attacher,
  batcher,
  creator,
  crasher,
  deleter,
  drafter,
  expirer,
  inTurn,
  joiner,
  makeParts,
  makeThing,
  putter,
  reserve,
  stager,
  taker,
  uploader,
} from "./clients.js";
import { reserveDirect, sender } from "./direct-clients.js";
import { strike, type Fault, type Scene } from "./strike.js";

const scenes: Readonly<Record<string, Scene>> = {
  "create with a file": { acts: [creator] },
  "replace a file": { before: [makeThing], acts: [putter("other bytes")] },
  delete: { before: [makeThing], acts: [deleter] },
  "resumable, in three pieces": { before: [reserve], acts: [uploader] },
  "upload first, then attach": { acts: [inTurn(stager, attacher("one", 2))] },
  "resumable, then attach": { before: [reserve], acts: [inTurn(uploader, attacher("one", 2))] },
  "sent to a signed URL, then attached": {
    before: [reserveDirect],
    acts: [inTurn(sender, attacher("one", 2))],
  },
  "complete a draft": { acts: [drafter] },
  "joined of parts": { before: [makeParts], acts: [joiner] },
  "several at once": { acts: [batcher] },
  "a round of pruning": {
    before: [makeThing, reserve, uploader],
    acts: [inTurn(deleter, expirer)],
  },
  "two at once": { before: [makeThing, reserve], acts: [uploader, taker, putter("other bytes")] },
  "a restart": { before: [makeThing, reserve], acts: [inTurn(putter("other"), crasher, uploader)] },
};

const faults: readonly Fault[] = ["fails", "hangs", "dies"];

describe.each(Object.entries(scenes))("%s", (name, scene) => {
  it.each(faults)("any call %s", { timeout: 600_000 }, async (fault) => {
    const { calls } = await strike(scene, { fault, at: Infinity });
    expect(calls).toBeGreaterThan(5);
    const wrong: string[] = [];
    for (let at = 1; at <= calls; at++)
      await strike(scene, { fault, at }).catch((error: Error) => wrong.push(error.message));
    console.log(`${name}, ${fault}: ${calls} calls`);
    expect(wrong).toEqual([]);
  });
});
