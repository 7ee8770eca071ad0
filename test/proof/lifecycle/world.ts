// One server's life in a test: what lasts (rows, bytes, the time), and one process after the other over it. Requests
// go straight to the handler, with bodies that come chunk by chunk through the same gate as the server's own calls.
import { createHash } from "node:crypto";
import { WaybillError } from "../../../src/base/fault.js";
import type { Db } from "../../../src/db/db.js";
import { createSqliteDb } from "../../../src/db/sqlite-db.js";
import type { HttpRequest } from "../../../src/http/exchange.js";
import { assembleWaybill, type Waybill } from "../../../src/server/create-waybill.js";
import { createMemoryStore } from "../../../src/store/memory-store.js";
import type { Store } from "../../../src/store/store.js";
import { gateData, gather, type Gate, type GatedData } from "./gated-data.js";

export const hourMs = 60 * 60 * 1000;
const startMs = Date.UTC(2026, 0, 1);

const file = { contentMediaType: "*/*" };
export const document = {
  openapi: "3.1.1",
  info: { title: "Lifecycle", version: "1" },
  components: {
    schemas: {
      Thing: {
        "x-resource": "/things",
        type: "object",
        properties: { id: { type: "integer", readOnly: true }, name: { type: "string" }, file },
      },
      Passport: {
        "x-resource": "/passports",
        type: "object",
        required: ["front", "back"],
        properties: { id: { type: "integer", readOnly: true }, front: file, back: file },
      },
    },
  },
};

export interface Send {
  readonly method: string;
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Each chunk is a step of its own. */
  readonly body?: readonly (string | Uint8Array)[];
  /** The connection breaks after the last chunk, before the body has ended. */
  readonly breaks?: boolean;
}

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | readonly string[]>>;
  readonly text: string;
}

export interface World {
  /** What lasts, without a gate: for looking at. */
  readonly db: Db;
  readonly store: Store;
  now(): number;
  advance(ms: number): void;
  /** A process over what is there. Rejects when it cannot start. */
  start(): Promise<void>;
  /** SIGKILL. */
  crash(): void;
  /** Undefined when the connection was lost with the process. Waits for a process that is latest. */
  send(send: Send): Promise<Answer | undefined>;
  prune(): Promise<void>;
  underWay(): number;
  errors(): readonly unknown[];
  close(): Promise<void>;
}

export interface WorldOptions {
  readonly gate: Gate;
  readonly store?: Store;
}

interface Life {
  readonly data: GatedData;
  readonly waybill: Waybill;
  readonly gone: Signal;
}

interface Signal {
  readonly comes: Promise<undefined>;
  come(): void;
}

function createSignal(): Signal {
  const end = new AbortController();
  const comes = new Promise<undefined>((resolve) =>
    end.signal.addEventListener("abort", () => resolve(undefined)),
  );
  return { comes, come: () => end.abort() };
}

export async function createWorld({
  gate,
  store = createMemoryStore(),
}: WorldOptions): Promise<World> {
  const db = await createSqliteDb({ path: ":memory:" });
  let nowMs = startMs;
  let life: Life | undefined;
  /** The latest, from its first moment on. */
  let latest: Pick<Life, "data" | "gone"> | undefined;
  let up = createSignal();
  const errors: unknown[] = [];

  const alive = async (): Promise<Life> => {
    for (;;) {
      if (life) return life;
      await up.comes;
    }
  };

  return {
    db,
    store,
    now: () => nowMs,
    advance: (ms) => void (nowMs += ms),
    async start() {
      const data = gateData({ db, store }, gate);
      const mine = { data, gone: createSignal() };
      latest = mine;
      const assembling = assembleWaybill(
        {
          document,
          pages: false,
          prune: false,
          uploads: { expiresMs: hourMs },
          authenticate: ({ headers }) => headers["x-user"],
          onError: (error) => void errors.push(error),
          observe: ({ error, status }) => void (status >= 500 && errors.push(error)),
        },
        { ...data, isAlone: true, close: async () => undefined },
        { now: () => nowMs },
      );
      const waybill = await Promise.race([mine.gone.comes, assembling]);
      if (!waybill) return; // it died before it was there
      life = { ...mine, waybill };
      up.come();
    },
    crash() {
      nowMs++; // nothing starts in the moment in which another dies
      latest?.data.die();
      latest?.gone.come();
      life = undefined;
      up = createSignal();
    },
    async send(said) {
      const { waybill, gone } = await alive();
      return Promise.race([gone.comes, answer(waybill, said, gate)]);
    },
    async prune() {
      const { waybill, gone } = await alive();
      await Promise.race([gone.comes, waybill.prune()]);
    },
    underWay: () => latest?.data.underWay() ?? 0,
    errors: () => errors,
    close: () => db.close(),
  };
}

async function answer({ handle }: Waybill, said: Send, gate: Gate): Promise<Answer> {
  const { status, headers, body } = await handle(requestOf(said, gate));
  const isText = body === undefined || typeof body === "string" || body instanceof Uint8Array;
  const bytes = isText ? Buffer.from(body ?? "") : Buffer.concat(await gather(body));
  return { status, headers, text: bytes.toString("latin1") };
}

function requestOf({ method, path, headers = {}, body, breaks }: Send, gate: Gate): HttpRequest {
  return {
    method,
    target: path,
    scheme: "http",
    authority: "api.test",
    headers: { "x-user": "ada", ...headers },
    body: {
      present: body !== undefined,
      async pump(write) {
        for (const chunk of body ?? []) {
          await gate("client sends");
          await write(Buffer.from(chunk));
        }
        if (!breaks) return;
        await gate("client goes");
        throw new WaybillError({ code: "client-gone", detail: "The client went away." });
      },
    },
  };
}

export function sha256(text: string): string {
  return createHash("sha256").update(Buffer.from(text, "latin1")).digest("hex");
}
