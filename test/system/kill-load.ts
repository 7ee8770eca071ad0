// Clients that create, change and delete profiles in every style, several at once, some of them slowly,
// and write all of it into a ledger. Each profile is changed by one client at a time.
import { EventEmitter, once } from "node:events";
import { Agent } from "node:http";
import { formBody, jsonBody, picture, rawBody, send, type Body } from "./kill-client.js";
import type { Change, Ledger, Profile } from "./kill-ledger.js";

export const profilesPath = "/api/v1/profiles/";

const clients = 8;
/** Of them: with large pictures, in pieces. */
const slowClients = 3;
const profilesMax = 24;
const bytesMin = 1024;
const bytesMax = 3 * 1024 * 1024;

export type Random = () => number;

/** mulberry32: small, and the same on every machine. */
export function seeded(seed: number): Random {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

interface Act {
  readonly method: string;
  /** Below the profile. */
  readonly path?: string;
  readonly body?: Body;
  readonly want: Profile | undefined;
}

interface Draw {
  readonly before: Profile;
  readonly name: string;
  readonly bytes: number;
}

const creates: readonly ((draw: Draw) => Act)[] = [
  ({ name }) => {
    const want = { name, bio: null, pic: null };
    return { method: "POST", body: jsonBody({ name }), want };
  },
  ({ name, bytes }) => {
    const pic = picture(bytes);
    return { method: "POST", body: formBody({ name, pic }), want: { name, bio: null, pic } };
  },
  ({ name, bytes }) => {
    const pic = picture(bytes);
    const want = { name, bio: "in base64", pic };
    return { method: "POST", body: jsonBody({ pic, name, bio: want.bio }), want };
  },
];

const changes: readonly ((draw: Draw) => Act)[] = [
  ({ before, bytes }) => {
    const pic = picture(bytes);
    return { method: "PUT", path: "pic/", body: rawBody(pic), want: { ...before, pic } };
  },
  ({ before, bytes }) => {
    const pic = picture(bytes);
    return { method: "PUT", path: "pic/", body: formBody({ pic }), want: { ...before, pic } };
  },
  ({ name, bytes }) => {
    const pic = picture(bytes);
    const want = { name, bio: "replaced", pic };
    return { method: "PUT", body: formBody({ name, pic, bio: want.bio }), want };
  },
  ({ name }) => {
    const want = { name, bio: null, pic: null };
    return { method: "PUT", body: jsonBody({ name, pic: null }), want };
  },
  ({ before, bytes }) => {
    const pic = picture(bytes);
    const want = { ...before, bio: "patched", pic };
    return { method: "PATCH", body: mergePatch({ bio: want.bio, pic }), want };
  },
  ({ before, name }) => {
    return { method: "PATCH", body: mergePatch({ name }), want: { ...before, name } };
  },
  ({ before }) => {
    return { method: "PATCH", body: mergePatch({ pic: null }), want: { ...before, pic: null } };
  },
];

const mergePatch = (fields: Parameters<typeof jsonBody>[0]): Body =>
  jsonBody(fields, "application/merge-patch+json");

export interface Load {
  /** Resolves when that many changes are acknowledged, or the load has ended. */
  acknowledged(count: number): Promise<void>;
  answered(): number;
  /** From here on failing connections are nobody's fault. */
  stop(): void;
  /** Resolves when every client has ended; rejects with what went wrong before the stop. */
  readonly ended: Promise<void>;
}

export interface LoadOptions {
  readonly port: number;
  readonly ledger: Ledger;
  readonly random: Random;
}

export function startLoad({ port, ledger, random }: LoadOptions): Load {
  const agent = new Agent({ keepAlive: true });
  const steps = new EventEmitter();
  const progress = { answered: 0, stopped: false };

  const change = async (isSlow: boolean): Promise<void> => {
    const { id, act } = draw(ledger, random, isSlow);
    const { method, body, want, path = "" } = act;
    const sent: Change = { ...(id === undefined ? {} : { id }), want };
    const to = profilesPath + (id === undefined ? "" : `${id}/${path}`);
    const pieces = isSlow ? 8 : 1;
    ledger.begin(sent);
    const answer = await send({ port, agent, method, path: to, pieces, ...(body ? { body } : {}) });
    const { status, location, bytes } = answer;
    if (status < 200 || status > 299)
      throw new Error(`${method} ${to} is answered ${status}: ${bytes}`);
    ledger.acknowledge(sent, id ?? location?.split("/").at(-2));
    progress.answered++;
    steps.emit("step");
  };

  const run = async (isSlow: boolean): Promise<void> => {
    try {
      while (!progress.stopped) await change(isSlow);
    } catch (error) {
      if (!progress.stopped) throw error;
    }
  };

  const all = Array.from({ length: clients }, (_, i) => run(i < slowClients));
  const ended = Promise.all(all)
    .then(() => undefined)
    .finally(() => {
      agent.destroy();
      progress.stopped = true;
      steps.emit("step");
    });
  // It is awaited only after the kill, and may fail before.
  ended.catch(() => undefined);
  return {
    ended,
    answered: () => progress.answered,
    stop: () => void (progress.stopped = true),
    async acknowledged(count) {
      while (progress.answered < count && !progress.stopped) await once(steps, "step");
    },
  };
}

function draw(ledger: Ledger, random: Random, isSlow: boolean): { id?: string; act: Act } {
  const spread = isSlow ? 0.7 + 0.3 * random() : random();
  const bytes = Math.round(bytesMin * (bytesMax / bytesMin) ** spread);
  const name = `profile ${random()}`;
  const id = pick(ledger.idle(), random);
  const isCrowded = ledger.size() >= profilesMax;
  if (id === undefined || (!isCrowded && random() < 0.4)) {
    const before = { name, bio: null, pic: null };
    return { act: required(pick(creates, random))({ before, name, bytes }) };
  }
  const before = ledger.profile(id);
  if (random() < (isCrowded ? 0.5 : 0.15))
    return { id, act: { method: "DELETE", want: undefined } };
  if (before.pic && random() < 0.15)
    return { id, act: { method: "DELETE", path: "pic/", want: { ...before, pic: null } } };
  return { id, act: required(pick(changes, random))({ before, name, bytes }) };
}

function pick<Item>(items: readonly Item[], random: Random): Item | undefined {
  return items[Math.floor(random() * items.length)];
}

function required<Item>(item: Item | undefined): Item {
  if (item === undefined) throw new Error("There is nothing to pick from.");
  return item;
}
