// Clients that use everything at once: files in the body in each style, uploads that come first, at once or resumably
// and taken over, attached or left to expire, drafts, changes, deletes. What they are told goes into the ledger.
import { EventEmitter, once } from "node:events";
import { Agent } from "node:http";
import { setTimeout as pause } from "node:timers/promises";
import {
  formBody,
  jsonBody,
  picture,
  rawBody,
  send,
  type Answer,
  type Body,
  type Call,
  type Fields,
  type Picture,
} from "./kill-client.js";
import type { Change, Ledger, Profile } from "./kill-ledger.js";
import type { Random } from "./kill-load.js";

export const mixDocument = `openapi: 3.1.1
info: { title: Mix, version: "1" }
components:
  schemas:
    Profile:
      x-resource: /profiles/
      type: object
      required: [name]
      properties:
        id: { type: integer, readOnly: true }
        name: { type: string }
        bio: { type: [string, "null"] }
        pic: { contentMediaType: image/* }
    Passport:
      x-resource: /passports/
      x-draft-expires: PT1S
      type: object
      required: [front, back]
      properties:
        id: { type: integer, readOnly: true }
        front: { contentMediaType: image/* }
        back: { contentMediaType: image/* }
`;
export const mixConfig = "uploads: { expiresMs: 1500 }\nprune: { intervalMs: 100 }\n";

const clients = 8;
const bytesMin = 1024;
const bytesMax = 1024 * 1024;
const profilesMax = 24;
const tus = { "tus-resumable": "1.0.0" };

export interface Mix {
  /** No more is begun; resolves when all have ended. Rejects with what a client was told wrong. */
  finish(): Promise<void>;
  /** The server is about to die: from here on failing connections are nobody's fault. */
  stop(): void;
  acknowledged(): number;
  /** Resolves when so many acts are acknowledged, or all clients have ended. */
  reached(count: number): Promise<void>;
  readonly ended: Promise<void>;
}

export interface MixOptions {
  readonly port: number;
  readonly ledger: Ledger;
  readonly random: Random;
}

/** What an act needs. */
interface Hand {
  readonly random: Random;
  readonly pic: Picture;
  ask(call: Omit<Call, "port" | "agent">): Promise<Answer>;
  fail(what: string, answer: Answer): never;
}

export function startMix({ port, ledger, random }: MixOptions): Mix {
  const agent = new Agent({ keepAlive: true });
  const steps = new EventEmitter();
  const state = { acknowledged: 0, stopped: false };
  const hand = (): Hand => ({
    random,
    pic: picture(Math.round(bytesMin * (bytesMax / bytesMin) ** random())),
    ask: (call) => send({ port, agent, ...call }),
    fail(what, { status, bytes }) {
      throw new Error(`${what} is answered ${status}: ${bytes}`);
    },
  });

  const run = async (): Promise<void> => {
    try {
      while (!state.stopped) {
        const act = hand();
        const lot = random();
        if (lot < 0.15) await draft(act);
        else if (lot < 0.3) await leave(act);
        else await change(act, ledger);
        state.acknowledged++;
        steps.emit("step");
      }
    } catch (error) {
      // What breaks with the server is nobody's fault; what it said is.
      const isBroken = error instanceof SyntaxError || (error instanceof Error && "code" in error);
      if (!state.stopped || !isBroken) throw error;
    }
  };

  const ended = Promise.all(Array.from({ length: clients }, run))
    .then(() => undefined)
    .finally(() => {
      agent.destroy();
      state.stopped = true;
      steps.emit("step");
    });
  ended.catch(() => undefined);
  return {
    ended,
    acknowledged: () => state.acknowledged,
    async reached(count) {
      while (state.acknowledged < count && !state.stopped) await once(steps, "step");
    },
    stop: () => void (state.stopped = true),
    finish() {
      state.stopped = true;
      return ended;
    },
  };
}

/** One change of one profile, written down before and after. */
async function change(act: Hand, ledger: Ledger): Promise<void> {
  const { random, pic } = act;
  const idle = ledger.idle();
  const id = idle[Math.floor(random() * idle.length)];
  const isNew = id === undefined || (ledger.size() < profilesMax && random() < 0.4);
  const name = `profile ${random()}`;
  const isDelete = !isNew && random() < (ledger.size() >= profilesMax ? 0.5 : 0.15);
  const before = isNew ? undefined : ledger.profile(id);
  const { method, below, want } = isDelete
    ? { method: "DELETE", below: "", want: undefined }
    : how(random, before, { name, bio: null, pic });
  const sent: Change = { ...(isNew ? {} : { id }), want };
  ledger.begin(sent);
  const body = want && (await bodyOf(act, method, below, want));
  const path = `/profiles/${isNew ? "" : `${id}/`}${below}`;
  const answer = await act.ask({
    method,
    path,
    ...(body ? { body, pieces: 1 + Math.floor(random() * 4) } : {}),
  });
  // An upload that expired while the server stood still.
  if (answer.status === 400 && /upload-not-usable/.test(`${answer.bytes}`))
    return ledger.refuse(sent);
  if (answer.status < 200 || answer.status > 299) act.fail(`${method} ${path}`, answer);
  ledger.acknowledge(sent, isNew ? answer.location?.split("/").at(-2) : id);
}

function how(
  random: Random,
  before: Profile | undefined,
  want: Profile,
): { method: string; below: string; want: Profile } {
  if (!before) return { method: "POST", below: "", want };
  if (random() < 0.4) return { method: "PUT", below: "pic/", want: { ...before, pic: want.pic } };
  return random() < 0.5
    ? { method: "PUT", below: "", want }
    : { method: "PATCH", below: "", want: { ...before, pic: want.pic } };
}

/** In one of the styles; those with an upload make it first. */
async function bodyOf(act: Hand, method: string, below: string, want: Profile): Promise<Body> {
  const { random, pic } = act;
  const style = random();
  const isFile = below !== "";
  if (isFile && style < 0.6) return style < 0.3 ? rawBody(pic) : formBody({ pic });
  const named = method !== "PATCH" && !isFile;
  const fields: Fields = { ...(named ? { name: want.name } : {}), pic };
  const type = method === "PATCH" ? "application/merge-patch+json" : "application/json";
  if (!isFile && style < 0.3) return jsonBody(fields, type);
  if (method !== "PATCH" && style < 0.6) return formBody(fields);
  const upload = style < 0.8 ? await stage(act) : await resumable(act);
  if (isFile) {
    const token = JSON.stringify({ upload });
    return formPart("pic", token);
  }
  const json = JSON.stringify({ ...fields, pic: { upload } });
  return { type, bytes: Buffer.from(json) };
}

function formPart(name: string, text: string): Body {
  const boundary = "a-boundary-that-is-in-no-token";
  const head = `--${boundary}\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n`;
  const bytes = Buffer.from(`${head}${text}\r\n--${boundary}--\r\n`);
  return { type: `multipart/form-data; boundary=${boundary}`, bytes };
}

/** In one request. */
async function stage({ ask, fail, pic }: Hand): Promise<string> {
  const answer = await ask({ method: "POST", path: "/uploads", body: rawBody(pic), pieces: 2 });
  if (answer.status !== 201) fail("POST /uploads", answer);
  return (JSON.parse(`${answer.bytes}`) as { upload: string }).upload;
}

/** In pieces; now and then another connection takes over while one is under way. */
async function resumable(act: Hand): Promise<string> {
  const { ask, fail, pic, random } = act;
  const size = { ...tus, "upload-length": String(pic.size) };
  const made = await ask({ method: "POST", path: "/uploads", headers: size });
  if (made.status !== 201) fail("POST /uploads", made);
  const path = new URL(made.location ?? "", "http://localhost").pathname;
  const patch = (from: number, to: number, pieces: number): Promise<Answer> =>
    ask({
      method: "PATCH",
      path,
      pieces,
      headers: { ...tus, "upload-offset": String(from) },
      body: { type: "application/offset+octet-stream", bytes: pic.bytes.subarray(from, to) },
    });
  for (;;) {
    const head = await ask({ method: "HEAD", path, headers: tus });
    if (isOver(head)) break;
    if (head.status !== 200) fail(`HEAD ${path}`, head);
    const from = Number(head.headers["upload-offset"]);
    if (from === pic.size) break;
    const to = random() < 0.5 ? pic.size : Math.min(pic.size, from + Math.ceil(pic.size / 3));
    const first = patch(from, to, 4);
    // It is taken over: whatever becomes of this one, the other says how it stands.
    if (random() < 0.3) await Promise.race([first, pause(random() * 30)]);
    else await first;
    first.catch(() => undefined);
  }
  await checkWhole(act, path);
  return String(made.headers["upload-token"]);
}

const isOver = ({ status }: Answer): boolean => status === 410 || status === 404;

/** Told that it is whole: then it is verified, or was and has expired. */
async function checkWhole({ ask, fail }: Hand, path: string): Promise<void> {
  const shown = await ask({ method: "GET", path });
  if (isOver(shown)) return;
  const { state } = JSON.parse(`${shown.bytes}`) as { state: string };
  if (state !== "verified" && state !== "expired")
    fail(`What was told to be whole is ${state}; it`, shown);
}

/** An upload that nobody attaches, whole or half. */
async function leave(act: Hand): Promise<void> {
  if (act.random() < 0.5) return void (await stage(act));
  const { pic } = act;
  const headers = { ...tus, "upload-length": String(pic.size) };
  const bytes = pic.bytes.subarray(0, pic.size >> 1);
  const body = { type: "application/offset+octet-stream", bytes };
  const made = await act.ask({ method: "POST", path: "/uploads", headers, body });
  if (made.status !== 201) act.fail("POST /uploads", made);
}

/** A passport with one file, and mostly the other. */
async function draft({ ask, fail, pic, random }: Hand): Promise<void> {
  const made = await ask({ method: "POST", path: "/passports/", body: formBody({ front: pic }) });
  if (made.status !== 201) fail("POST /passports/", made);
  if (random() < 0.4) return;
  const path = `/passports/${made.location?.split("/").at(-2)}/back/`;
  const put = await ask({ method: "PUT", path, body: rawBody(pic), pieces: 3 });
  // Its second was over.
  if (put.status > 299 && put.status !== 404 && put.status !== 409) fail(`PUT ${path}`, put);
  if (put.status > 299 || random() < 0.8) return void (await forget(ask, path));
}

async function forget(ask: Hand["ask"], path: string): Promise<void> {
  await ask({ method: "DELETE", path: path.replace("back/", "") });
}
