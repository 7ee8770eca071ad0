// The upload lifecycle under every order of its steps: one upload, two resources, and whoever may get in each other's
// way. A schedule that goes wrong is told with the switches that make it, and MODEL_REPLAY plays it again.
import { afterAll, describe, expect, it } from "vitest";
import {
  aborter,
  attacher,
  batcher,
  crasher,
  dayPasses,
  deleter,
  drafter,
  expirer,
  joiner,
  makeParts,
  makeThing,
  partAborter,
  pruner,
  putter,
  reader,
  replacer,
  reserve,
  stranger,
  taker,
  uploader,
} from "./clients.js";
import { completer, reserveDirect, sender } from "./direct-clients.js";
import { explore } from "./explore.js";
import { play, type Cast } from "./play.js";
import { chooseBy, ScheduleError, type Switch } from "./scheduler.js";

const schedules = Number(process.env["MODEL_SCHEDULES"] ?? 1020);
const seed = Number(process.env["MODEL_SEED"] ?? 1);
const replay = process.env["MODEL_REPLAY"];

const casts: Readonly<Record<string, Cast>> = {
  "taken over": { before: [reserve], actors: { uploader, taker } },
  "taken over, and a crash": { before: [reserve], actors: { uploader, taker, crasher } },
  "aborted while it comes in": { before: [reserve], actors: { uploader, aborter } },
  "expires while it comes in": { before: [reserve], actors: { uploader, taker, expirer } },
  "attached by two": {
    before: [reserve, uploader],
    actors: { one: attacher("one", 1), two: attacher("two", 1), aborter },
  },
  "attached and expired": {
    before: [reserve, uploader],
    actors: { attacher: attacher("one", 2), expirer, pruner },
  },
  "attached, expired, and a crash": {
    before: [reserve, uploader],
    actors: { attacher: attacher("one", 2), expirer, crasher },
  },
  "attached as it is finished": {
    before: [reserve],
    actors: { uploader, attacher: attacher("one", 3), crasher },
  },
  "into two resources": {
    before: [makeThing, reserve, uploader],
    actors: { attacher: attacher("one", 1), replacer: replacer("two", 1), deleter },
  },
  "replaced, deleted, read": {
    before: [makeThing],
    actors: { putter: putter("other bytes"), deleter, reader },
  },
  "replaced twice, and a crash": {
    before: [makeThing],
    actors: { one: putter("first"), two: putter("second"), crasher },
  },
  "a draft that expires": { before: [], actors: { drafter, stranger, dayPasses } },
  "a draft, and a crash": { before: [], actors: { drafter, stranger, crasher } },
  "joined of parts": {
    before: [makeParts],
    actors: { joiner, partAborter, expirer },
  },
  "joined of parts, and a crash": { before: [makeParts], actors: { joiner, pruner, crasher } },
  "sent to a signed URL by two": {
    before: [reserveDirect],
    actors: { sender, other: sender, completer },
  },
  "sent to a signed URL, given up, and a crash": {
    before: [reserveDirect],
    actors: { sender, aborter, crasher },
  },
  "sent to a signed URL, attached, and expired": {
    before: [reserveDirect],
    actors: { sender, attacher: attacher("one", 3), expirer },
  },
  "several at once": { before: [], actors: { batcher, pruner, crasher } },
  everybody: {
    before: [makeThing, reserve],
    actors: {
      uploader,
      taker,
      attacher: attacher("one", 2),
      replacer: replacer("two", 2),
      deleter,
      expirer,
      crasher,
    },
  },
};

let total = 0;
afterAll(() => console.log(`${total} schedules explored`));

const each = Math.ceil(schedules / Object.keys(casts).length);

describe.skipIf(replay !== undefined)("every order of steps", () => {
  it.each(Object.entries(casts))("%s", { timeout: 1000 * 60 * 60 }, async (name, cast) => {
    try {
      const { schedules: tried, switches } = await explore({
        play: (choose) => play(cast, choose),
        max: each,
        seed,
      });
      total += tried;
      console.log(`${name}: ${tried} schedules, all with up to ${switches} switches`);
    } catch (error) {
      throw error instanceof ScheduleError ? tell(name, error) : error;
    }
  });
});

it.runIf(replay !== undefined)("plays MODEL_REPLAY", async () => {
  const { cast: name, switches } = JSON.parse(replay ?? "") as { cast: string; switches: Switch[] };
  const cast = casts[name];
  if (!cast) return expect.unreachable(`There is no cast ${name}.`);
  try {
    await play(cast, chooseBy(switches));
  } catch (error) {
    throw error instanceof ScheduleError ? tell(name, error) : error;
  }
});

function tell(cast: string, { run, message, cause }: ScheduleError): Error {
  const trace = run.steps.map(({ actor, call }, i) => `  ${i} ${actor}: ${call}`).join("\n");
  const again = `MODEL_REPLAY='${JSON.stringify({ cast, switches: run.switches })}'`;
  return new Error(`${message}\n${trace}\n${again}`, { cause });
}
