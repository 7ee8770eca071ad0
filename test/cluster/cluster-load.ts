// Clients of several servers that come and go: each request goes to any of them, and is sent again, to another one, until
// it is answered. What they are told goes into a ledger of their own resources; what is acknowledged is read back at once.
import { createHash, randomUUID } from "node:crypto";
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
  type Picture,
} from "../system/kill-client.js";
import type { Random } from "../system/kill-load.js";

export interface ClusterLoad {
  /** No more is begun; resolves when all have ended. */
  finish(): Promise<void>;
  /** Reads all that was acknowledged once more. */
  check(): Promise<void>;
  readonly tally: ClusterTally;
}

export interface ClusterTally {
  acknowledged: number;
  lost: number;
  /** Changes of which nobody said in time whether they were made. */
  unanswered: number;
  readonly byStyle: Record<string, number>;
  readonly faults: string[];
}

export interface ClusterLoadOptions {
  /** Ports of servers that are there, in any state. */
  readonly ports: () => readonly number[];
  readonly random: Random;
  readonly clients: number;
}

/** Of one resource: every file that it may have; undefined is no resource. */
type May = Set<string | undefined>;

const patienceMs = 120_000;
const silentMs = 15_000;
const bytesMin = 1024;
const bytesMax = 6 * 1024 * 1024;
const profilesMax = 12;
const tus = { "tus-resumable": "1.0.0" };
const draft = { "upload-draft-interop-version": "8" };

class Refused extends Error {}

export function startClusterLoad({ ports, random, clients }: ClusterLoadOptions): ClusterLoad {
  const known = new Map<string, May>();
  const tally: ClusterTally = { acknowledged: 0, lost: 0, unanswered: 0, byStyle: {}, faults: [] };
  const end = new AbortController();

  /** To any server; undefined where there was no answer, or one that is to be asked for again. */
  const once = async (call: Omit<Call, "port">): Promise<Answer | undefined> => {
    const all = ports();
    const port = all[Math.floor(random() * all.length)];
    if (port === undefined) return undefined;
    const limit = pause(silentMs, undefined, { ref: false });
    const answer = await Promise.race([send({ port, ...call }).catch(() => undefined), limit]);
    const isUnsettled =
      !answer || answer.status >= 500 || answer.status === 408 || isInProgress(answer);
    return isUnsettled ? undefined : answer;
  };
  const ask = async (call: Omit<Call, "port">): Promise<Answer> => {
    const untilMs = Date.now() + patienceMs;
    while (Date.now() < untilMs) {
      const answer = await once(call);
      if (answer) return answer;
      await pause(100 + random() * 400);
    }
    throw new Refused(`${call.method} ${call.path} was not answered in ${patienceMs} ms`);
  };

  const styles: Record<string, (pic: Picture) => Promise<Body>> = {
    json: async (pic) => jsonBody({ name: "n", pic }),
    form: async (pic) => formBody({ name: "n", pic }),
    staged: async (pic) => naming(await stage(pic)),
    tus: async (pic) => naming(await byTus(pic)),
    draft: async (pic) => naming(await byDraft(pic)),
    direct: async (pic) => naming(await directly(pic)),
  };

  const stage = async (pic: Picture): Promise<string> => {
    const headers = { "idempotency-key": randomUUID() };
    const path = "/uploads";
    const answer = await ask({ method: "POST", path, body: rawBody(pic), headers, pieces: 2 });
    return tokenOf(expectStatus(answer, 201));
  };

  const byTus = async (pic: Picture): Promise<string> => {
    const headers = { ...tus, "upload-length": String(pic.size), "idempotency-key": randomUUID() };
    const made = expectStatus(await ask({ method: "POST", path: "/uploads", headers }), 201);
    const path = new URL(made.location ?? "", "http://x").pathname;
    for (;;) {
      const head = expectStatus(await ask({ method: "HEAD", path, headers: tus }), 200);
      const from = Number(head.headers["upload-offset"]);
      if (from === pic.size) break;
      const to = random() < 0.5 ? pic.size : Math.min(pic.size, from + Math.ceil(pic.size / 3));
      const sent = once({
        method: "PATCH",
        path,
        pieces: 4,
        headers: { ...tus, "upload-offset": String(from) },
        body: { type: "application/offset+octet-stream", bytes: pic.bytes.subarray(from, to) },
      });
      // Now and then another connection, to another server, takes over while one is under way.
      if (random() < 0.3) await Promise.race([sent, pause(random() * 30)]);
      else await sent;
    }
    const last = { ...tus, "upload-offset": String(pic.size), "upload-token": "renew" };
    const body = { type: "application/offset+octet-stream", bytes: Buffer.alloc(0) };
    const renewed = await ask({ method: "PATCH", path, headers: last, body });
    return String(expectStatus(renewed, 204).headers["upload-token"]);
  };

  const byDraft = async (pic: Picture): Promise<string> => {
    const opening = {
      ...draft,
      "upload-complete": "?0",
      "upload-length": String(pic.size),
      "idempotency-key": randomUUID(),
    };
    const made = expectStatus(
      await ask({ method: "POST", path: "/uploads", headers: opening }),
      201,
    );
    const path = new URL(made.location ?? "", "http://x").pathname;
    for (;;) {
      const head = expectStatus(await ask({ method: "HEAD", path, headers: draft }), 204);
      const from = Number(head.headers["upload-offset"]);
      const isLast = random() < 0.5 || from === pic.size;
      const to = isLast ? pic.size : from + Math.ceil((pic.size - from) / 2);
      const answer = await once({
        method: "PATCH",
        path,
        pieces: 3,
        headers: {
          ...draft,
          "upload-offset": String(from),
          "upload-complete": to === pic.size ? "?1" : "?0",
        },
        body: { type: "application/partial-upload", bytes: pic.bytes.subarray(from, to) },
      });
      if (answer?.status === 200) return tokenOf(answer);
      if (answer?.status === 404 || answer?.status === 410) throw new Refused("it has ended");
    }
  };

  const directly = async (pic: Picture): Promise<string> => {
    const wanted = { size: pic.size, mediaType: "image/png", sha256: pic.sha256, method: "PUT" };
    const asked = { type: "application/json", bytes: Buffer.from(JSON.stringify(wanted)) };
    const made = expectStatus(await ask({ method: "POST", path: "/uploads", body: asked }), 201);
    const { upload, direct, complete } = JSON.parse(`${made.bytes}`) as {
      upload: string;
      direct: { kind: string; url: string; headers: Record<string, string> };
      complete: string;
    };
    const path = new URL(complete, "http://x").pathname;
    for (let tries = 0; tries < 40; tries++) {
      await fetch(direct.url, {
        method: "PUT",
        headers: direct.headers,
        body: Buffer.from(pic.bytes),
        signal: AbortSignal.timeout(silentMs),
      }).then(
        (answer) => answer.arrayBuffer(),
        () => undefined,
      );
      const answer = await ask({ method: "POST", path });
      if (answer.status === 200) return upload;
      if (answer.status !== 409) throw new Refused(`completing is answered ${answer.status}`);
    }
    throw new Refused("the storage has not taken it");
  };

  const create = async (): Promise<void> => {
    const pic = newPicture(random);
    const name = pick(Object.keys(styles), random);
    const body = await styles[name]!(pic);
    const headers = { "idempotency-key": randomUUID() };
    const answer = await ask({ method: "POST", path: "/profiles/", body, headers, pieces: 2 });
    if (isUnusable(answer)) return; // its time was over
    const path = new URL(expectStatus(answer, 201).location ?? "", "http://x").pathname;
    await acknowledge(name, path, pic.sha256);
    if (name !== "json" && name !== "form") await useTwice(body);
  };

  const useTwice = async (body: Body): Promise<void> => {
    const headers = { "idempotency-key": randomUUID() };
    const again = await ask({ method: "POST", path: "/profiles/", body, headers });
    if (!isUnusable(again)) tally.faults.push(`A token was used twice: ${again.status}.`);
  };

  const change = async (path: string, may: May): Promise<void> => {
    if (random() < 0.3) {
      may.add(undefined);
      const answer = await ask({ method: "DELETE", path });
      if (answer.status !== 404) expectStatus(answer, 204);
      return acknowledge("delete", path, undefined);
    }
    const pic = newPicture(random);
    may.add(pic.sha256);
    const isRaw = random() < 0.5;
    const body = isRaw ? rawBody(pic) : formBody({ pic });
    const answer = await ask({ method: "PUT", path: `${path}pic/`, body, pieces: 3 });
    if (answer.status !== 200 && answer.status !== 201) expectStatus(answer, 204);
    await acknowledge(isRaw ? "raw" : "form file", path, pic.sha256);
  };

  const acknowledge = async (style: string, path: string, content: string | undefined) => {
    tally.acknowledged++;
    tally.byStyle[style] = (tally.byStyle[style] ?? 0) + 1;
    known.set(path, new Set([content]));
    await readBack(style, path);
  };

  const readBack = async (style: string, path: string): Promise<void> => {
    const may = known.get(path);
    if (!may) return;
    const untilMs = Date.now() + patienceMs;
    for (;;) {
      const { status, bytes, headers } = await ask({ method: "GET", path: `${path}pic/` });
      // An answer that was cut off is none.
      const isCut = status === 200 && Number(headers["content-length"]) !== bytes.length;
      if (isCut && Date.now() < untilMs) continue;
      const is = status === 200 ? createHash("sha256").update(bytes).digest("hex") : undefined;
      if (may.has(is)) return;
      tally.lost++;
      tally.faults.push(
        `${path} (${style}) is ${status} ${is}, and can only be ${[...may].join()}.`,
      );
      return;
    }
  };

  const run = async (): Promise<void> => {
    const own: string[] = [];
    while (!end.signal.aborted) {
      const before = new Set(known.keys());
      try {
        const path = own.length > 0 ? pick(own, random) : undefined;
        const may = path === undefined ? undefined : known.get(path);
        const isFull = own.length >= profilesMax / 2;
        if (path !== undefined && may && !may.has(undefined) && (isFull || random() < 0.4))
          await change(path, may);
        else await create();
      } catch (error) {
        if (error instanceof Refused) tally.unanswered++;
        else tally.faults.push(String(error));
      }
      for (const path of known.keys()) if (!before.has(path) && !taken.has(path)) own.push(path);
      for (const path of own) taken.add(path);
      for (let i = own.length; i--;) if (known.get(own[i]!)?.has(undefined)) own.splice(i, 1);
    }
  };
  const taken = new Set<string>();
  const ended = Promise.all(Array.from({ length: clients }, run));
  return {
    tally,
    async finish() {
      end.abort();
      await ended;
    },
    async check() {
      for (const path of known.keys()) await readBack("at the end", path);
    },
  };
}

function newPicture(random: Random): Picture {
  return picture(Math.round(bytesMin * (bytesMax / bytesMin) ** random()));
}

function naming(upload: string): Body {
  const bytes = Buffer.from(JSON.stringify({ name: "n", pic: { upload } }));
  return { type: "application/json", bytes };
}

function tokenOf({ bytes }: Answer): string {
  return (JSON.parse(`${bytes}`) as { upload: string }).upload;
}

/** One that has ended was too late; anything else is a fault. */
function expectStatus(answer: Answer, status: number): Answer {
  if (answer.status === status) return answer;
  if (answer.status === 404 || answer.status === 410) throw new Refused("it has ended");
  throw new Error(`It is answered ${answer.status}, not ${status}: ${answer.bytes}`);
}

function isInProgress({ status, bytes }: Answer): boolean {
  return status === 409 && /request-in-progress/.test(`${bytes}`);
}

function isUnusable({ status, bytes }: Answer): boolean {
  return status === 400 && /upload-not-usable/.test(`${bytes}`);
}

function pick<Item>(items: readonly Item[], random: Random): Item {
  const item = items[Math.floor(random() * items.length)];
  if (item === undefined) throw new Error("There is nothing to pick from.");
  return item;
}
