// The actors: clients that do one thing each with one upload and two resources, and write down what they are told. Each
// goes on after a lost connection as a client would: it asks where things stand, and tries again.
import { expect } from "vitest";
import type { Truth } from "./truth.js";
import { hourMs, type Answer, type Send, type World } from "./world.js";

export interface Stage {
  readonly world: World;
  readonly truth: Truth;
  /** A step of the actor's own. */
  readonly pass: (call: string) => Promise<void>;
  /** What every answer must be one of; a fault that is injected allows more. */
  readonly allowed: (answer: Answer, statuses: readonly number[]) => boolean;
  readonly shared: Shared;
}

/** What clients tell each other. */
export interface Shared {
  upload?: {
    readonly path: string;
    readonly token: string;
    readonly content: string;
    /** Signed, where it is sent there. */
    readonly url?: string;
  };
  parts?: readonly string[];
  thing?: string;
  passport?: string;
}

export type Act = (stage: Stage) => Promise<void>;

export const content = "one two three";
const pieces = ["one ", "two ", "three"] as const;
const tus = { "tus-resumable": "1.0.0" };
const octets = { ...tus, "content-type": "application/offset+octet-stream" };
const json = { "content-type": "application/json" };

/** Undefined when the connection was lost. */
export async function ask(
  stage: Stage,
  send: Send,
  statuses: readonly number[],
): Promise<Answer | undefined> {
  await stage.pass(`${send.method} ${send.path}`);
  const answer = await stage.world.send(send);
  if (answer && !stage.allowed(answer, statuses))
    expect.unreachable(`${send.method} ${send.path}: ${answer.status} ${answer.text}`);
  return answer && statuses.includes(answer.status) ? answer : undefined;
}

const field = ({ headers }: Answer, name: string): string => String(headers[name] ?? "");
export const idOf = (path: string): string => path.split("/").at(-1) ?? "";

/** Reserves it, before the others begin. */
export const reserve: Act = async ({ world, shared }) => {
  const headers = { ...tus, "upload-length": String(content.length) };
  const made = await world.send({ method: "POST", path: "/uploads", headers });
  if (made?.status !== 201) throw new Error(`Not reserved: ${made?.status} ${made?.text}`);
  const { pathname } = new URL(field(made, "location"), "http://api.test");
  shared.upload = { path: pathname, token: field(made, "upload-token"), content };
};

function uploadOf({ shared }: Stage): NonNullable<Shared["upload"]> {
  if (!shared.upload) throw new Error("Nothing is reserved.");
  return shared.upload;
}

/** Sends what is missing until it is told that all is there, or that it is over. */
export const uploader: Act = async (stage) => {
  const { path } = uploadOf(stage);
  for (let tries = 0; tries < 8; tries++) {
    const head = await ask(stage, { method: "HEAD", path, headers: tus }, [200, 404, 410]);
    if (!head) continue;
    if (head.status !== 200) return;
    let offset = offsetOf(stage, head);
    while (offset < content.length) {
      const next = pieceFrom(offset);
      const headers = { ...octets, "upload-offset": String(offset) };
      const sent: Send = { method: "PATCH", path, headers, body: [next] };
      const answer = await ask(stage, sent, [204, 404, 409, 410]);
      if (answer?.status !== 204) break;
      offset = offsetOf(stage, answer);
    }
    if (offset === content.length) return;
  }
};

/** Takes over with one request that brings all that is missing, in pieces. */
export const taker: Act = async (stage) => {
  const { path } = uploadOf(stage);
  const head = await ask(stage, { method: "HEAD", path, headers: tus }, [200, 404, 410]);
  if (head?.status !== 200) return;
  const offset = offsetOf(stage, head);
  if (offset === content.length) return;
  const headers = { ...octets, "upload-offset": String(offset) };
  const body = content.slice(offset).split(/(?<= )/);
  const answer = await ask(stage, { method: "PATCH", path, headers, body }, [204, 404, 409, 410]);
  if (answer?.status === 204) offsetOf(stage, answer);
};

function offsetOf(stage: Stage, answer: Answer): number {
  const offset = Number(field(answer, "upload-offset"));
  if (offset === content.length) stage.truth.toldWhole(idOf(uploadOf(stage).path));
  return offset;
}

function pieceFrom(offset: number): string {
  let at = 0;
  for (const piece of pieces) {
    if (offset < at + piece.length) return piece.slice(offset - at);
    at += piece.length;
  }
  return "";
}

/** A create that attaches it; `tries` while it is not whole yet. */
export const attacher =
  (who: string, tries: number): Act =>
  async (stage) => {
    const { token } = uploadOf(stage);
    for (let i = 0; i < tries; i++) {
      stage.truth.creating(content);
      const body = [JSON.stringify({ name: who, file: { upload: token } })];
      const sent = { method: "POST", path: "/things", headers: json, body };
      const answer = await ask(stage, sent, [201, 400, 409, 422]);
      if (answer?.status !== 201) continue;
      const { id } = JSON.parse(answer.text) as { id: number };
      stage.truth.attachedBy(who);
      stage.truth.created(`/things/${id}`, content);
      return;
    }
  };

/** A thing with a file, before the others begin. */
export const makeThing: Act = async ({ world, truth, shared }) => {
  const body = [JSON.stringify({ name: "before", file: Buffer.from("before").toString("base64") })];
  const made = await world.send({ method: "POST", path: "/things", headers: json, body });
  if (made?.status !== 201) throw new Error(`Not made: ${made?.status} ${made?.text}`);
  const { id } = JSON.parse(made.text) as { id: number };
  shared.thing = `/things/${id}`;
  truth.created(shared.thing, "before");
};

/** A create with its file in the body. */
export const creator: Act = async (stage) => {
  stage.truth.creating("inline");
  const body = [JSON.stringify({ name: "new", file: Buffer.from("inline").toString("base64") })];
  const answer = await ask(stage, { method: "POST", path: "/things", headers: json, body }, [201]);
  if (!answer) return;
  const { id } = JSON.parse(answer.text) as { id: number };
  stage.truth.created(`/things/${id}`, "inline");
};

/** An upload in one request, in as many tries as it takes; whoever attaches it has its token. */
export const stager: Act = async (stage) => {
  for (let tries = 0; tries < 3; tries++) {
    const headers = { "content-type": "application/octet-stream" };
    const sent = { method: "POST", path: "/uploads", headers, body: [content] };
    const answer = await ask(stage, sent, [201]);
    if (!answer) continue;
    const { upload: token } = JSON.parse(answer.text) as { upload: string };
    const { pathname } = new URL(field(answer, "location"), "http://api.test");
    stage.shared.upload = { path: pathname, token, content };
    return;
  }
};

/** Two whole parts, before the others begin. */
export const makeParts: Act = async ({ world, shared }) => {
  const parts: string[] = [];
  for (const part of ["one ", "two three"]) {
    const length = { "upload-length": String(part.length), "upload-concat": "partial" };
    const headers = { ...octets, ...length };
    const made = await world.send({ method: "POST", path: "/uploads", headers, body: [part] });
    if (made?.status !== 201) throw new Error(`Not made: ${made?.status} ${made?.text}`);
    parts.push(new URL(field(made, "location"), "http://api.test").pathname);
  }
  shared.parts = parts;
};

/** Makes one of them, and a thing of that. */
export const joiner: Act = async (stage) => {
  for (let tries = 0; tries < 3; tries++) {
    const headers = { ...tus, "upload-concat": `final;${stage.shared.parts?.join(" ")}` };
    const sent = { method: "POST", path: "/uploads", headers };
    const answer = await ask(stage, sent, [201, 404, 409, 410]);
    if (!answer) continue;
    if (answer.status !== 201) return;
    const { pathname } = new URL(field(answer, "location"), "http://api.test");
    stage.shared.upload = { path: pathname, token: field(answer, "upload-token"), content };
    offsetOf(stage, answer);
    return attacher("joiner", 2)(stage);
  }
};

/** Gives up the first of them. */
export const partAborter: Act = async (stage) => {
  const path = stage.shared.parts?.[0] ?? "";
  await ask(stage, { method: "DELETE", path, headers: tus }, [204, 404, 409, 410]);
};

/** Two things in one request. */
export const batcher: Act = async (stage) => {
  const contents = ["first of two", "second of two"];
  const group = stage.truth.together(contents);
  const parts = contents.map((each) => {
    const body = JSON.stringify({ file: Buffer.from(each).toString("base64") });
    const head = "POST /things HTTP/1.1\r\nContent-Type: application/json\r\n\r\n";
    return `--b\r\nContent-Type: application/http\r\n\r\n${head}${body}\r\n`;
  });
  const headers = { "content-type": "multipart/mixed; boundary=b", accept: "application/json" };
  const sent = { method: "POST", path: "/batch", headers, body: [...parts, "--b--\r\n"] };
  const answer = await ask(stage, sent, [200]);
  if (answer) group.done();
};

/** One after the other. */
export const inTurn =
  (...acts: readonly Act[]): Act =>
  async (stage) => {
    for (const act of acts) await act(stage);
  };

function thingOf({ shared }: Stage): string {
  if (shared.thing === undefined) throw new Error("There is no thing.");
  return shared.thing;
}

/** Attaches it to the thing that is there, in place of its file. */
export const replacer =
  (who: string, tries: number): Act =>
  async (stage) => {
    const path = thingOf(stage);
    for (let i = 0; i < tries; i++) {
      const change = stage.truth.changing(path, content);
      const body = [JSON.stringify({ name: who, file: { upload: uploadOf(stage).token } })];
      const sent = { method: "PUT", path, headers: json, body };
      const answer = await ask(stage, sent, [200, 400, 404, 409, 412, 422]);
      if (answer?.status === 200) {
        stage.truth.attachedBy(who);
        return change.done();
      }
      if (answer) change.refused();
      if (answer?.status === 404) return;
    }
  };

/** Puts other bytes into the thing. */
export const putter =
  (bytes: string): Act =>
  async (stage) => {
    const path = thingOf(stage);
    const change = stage.truth.changing(path, bytes);
    const headers = { "content-type": "application/octet-stream" };
    const body = [bytes.slice(0, 2), bytes.slice(2)];
    const sent = { method: "PUT", path: `${path}/file`, headers, body };
    const answer = await ask(stage, sent, [200, 201, 404, 409, 412]);
    if (!answer) return;
    if (answer.status < 300) change.done();
    else change.refused();
  };

export const deleter: Act = async (stage) => {
  const path = thingOf(stage);
  const change = stage.truth.changing(path, undefined);
  const answer = await ask(stage, { method: "DELETE", path }, [204, 404, 409, 412]);
  if (answer?.status === 204) change.done();
  else if (answer) change.refused();
};

export const reader: Act = async (stage) => {
  const path = thingOf(stage);
  const answer = await ask(stage, { method: "GET", path: `${path}/file` }, [200, 404]);
  if (answer) stage.truth.read(path, answer);
};

export const aborter: Act = async (stage) => {
  const { path } = uploadOf(stage);
  await ask(stage, { method: "DELETE", path, headers: tus }, [204, 404, 409, 410]);
};

/** Its time comes, and somebody clears up. */
export const expirer: Act = async ({ world, pass }) => {
  await pass("time passes");
  world.advance(2 * hourMs);
  await pass("prune");
  await world.prune();
};

export const pruner: Act = async ({ world, pass }) => {
  await pass("prune");
  await world.prune();
};

export const crasher: Act = async ({ world, pass }) => {
  await pass("crash");
  world.crash();
  // Whoever looks after it tries again.
  await world.start().catch(() => world.start());
};

/** Two files of a draft, one after the other; from the second on all see it. */
export const drafter: Act = async (stage) => {
  const body = [JSON.stringify({ front: Buffer.from("front").toString("base64") })];
  const made = await ask(stage, { method: "POST", path: "/passports", headers: json, body }, [201]);
  if (!made) return;
  const { id } = JSON.parse(made.text) as { id: number };
  stage.shared.passport = `/passports/${id}`;
  const headers = { "content-type": "application/octet-stream" };
  const path = `${stage.shared.passport}/back`;
  const sent = { method: "PUT", path, headers, body: ["back"] };
  const put = await ask(stage, sent, [200, 201, 404, 409]);
  if (put && put.status < 300) stage.truth.created(stage.shared.passport, "front");
};

/** Somebody else looks for drafts: whatever is there for them is complete. */
export const stranger: Act = async (stage) => {
  const headers = { "x-user": "bob" };
  const list = await ask(stage, { method: "GET", path: "/passports", headers }, [200]);
  if (list) {
    const { results, count } = JSON.parse(list.text) as { results: object[]; count: number };
    expect(count).toBe(results.length);
    for (const each of results) expect(each).toMatchObject({ front: {}, back: {} });
  }
  const path = "/passports/1";
  const one = await ask(stage, { method: "GET", path, headers }, [200, 404]);
  if (one?.status === 200) expect(JSON.parse(one.text)).toMatchObject({ front: {}, back: {} });
};

/** The time of a draft is over. */
export const dayPasses: Act = async ({ world, pass }) => {
  await pass("a day passes");
  world.advance(25 * hourMs);
  await pass("prune");
  await world.prune();
};
