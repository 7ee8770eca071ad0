// One webhook and its queue: takes what is due, a few at a time, sends it, and writes what became of it. Whatever
// ends it in between, what it had taken is due again when its lease is over. Knows HTTP only as a function.
import { setTimeout } from "node:timers/promises";
import type { Clock } from "../base/clock.js";
import type { EventType } from "../base/event-type.js";
import { signWebhook } from "../base/webhook-signature.js";
import type { Db } from "../db/db.js";
import { deliveries, type Delivery, type DeliveryOutcome } from "../db/deliveries.js";
import { webhooks } from "../db/webhooks.js";
import { webhookPayload } from "./webhook-payload.js";

export interface WebhookEndpoint {
  readonly id: string;
  readonly url: string;
  /** Where it stands in the configuration, and its origin, for people: the rest of the URL may be a secret. */
  readonly name: string;
  /** Of the URL. */
  readonly origin: string;
  /** Each signs. */
  readonly keys: readonly Uint8Array[];
  readonly types: readonly EventType[];
  /** For one attempt, from connecting to the whole answer. */
  readonly timeoutMs: number;
  /** To the second attempt; each later one waits three times as long, up to eight hours. */
  readonly retryMs: number;
  /** From the event to giving up. */
  readonly giveUpMs: number;
}

export interface WebhookRequest {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly signal: AbortSignal;
}

/** Follows no redirect. Rejects when there is no answer. */
export type PostWebhook = (
  request: WebhookRequest,
) => Promise<{ readonly status: number; readonly retryAfterMs?: number | undefined }>;

export interface WebhookSenderOptions {
  readonly db: Db;
  readonly clock: Clock;
  readonly endpoint: WebhookEndpoint;
  readonly post: PostWebhook;
  /** From 0 to 1, for the jitter. */
  readonly random: () => number;
  /** Aborts what is being sent; it is sent again by whoever comes next. */
  readonly signal: AbortSignal;
  /** Told of what is given up. Must not throw. */
  readonly onError: (error: Error) => void;
}

const retryFactor = 3;
const retryMsMax = 8 * 60 * 60 * 1000;
/** Beyond the time-out: for writing what became of it. */
const leaseMarginMs = 15_000;

const atOnce = 8;
const idleMs = 500;

/** Resolves once the signal is aborted and nothing is under way. */
export async function runWebhookSender(options: WebhookSenderOptions): Promise<void> {
  const { signal, onError } = options;
  const underWay = new Set<Promise<void>>();
  while (!signal.aborted) {
    const room = atOnce - underWay.size;
    const taken = room === 0 ? [] : await takeDue(options, room).catch(failed(onError));
    for (const delivery of taken) {
      const sending = deliver(options, delivery)
        .catch((error: unknown) => void failed(onError)(error))
        .finally(() => underWay.delete(sending));
      underWay.add(sending);
    }
    const isIdle = room > 0 && taken.length === 0;
    if (isIdle || underWay.size === atOnce)
      await Promise.race([...underWay, ...(isIdle ? [pause(signal)] : [])]);
  }
  await Promise.all(underWay);
}

async function takeDue(
  { db, clock, endpoint }: WebhookSenderOptions,
  limit: number,
): Promise<Delivery[]> {
  const { id: webhookId, timeoutMs } = endpoint;
  const nowMs = clock.now();
  if (!(await deliveries.isDue(db, { webhookId, nowMs }))) return [];
  const untilMs = nowMs + timeoutMs + leaseMarginMs;
  return db.transaction(async (sql) =>
    (await webhooks.isEnabled(sql, webhookId))
      ? deliveries.take(sql, { webhookId, nowMs, untilMs, limit })
      : [],
  );
}

async function deliver(options: WebhookSenderOptions, delivery: Delivery): Promise<void> {
  const { db, clock, endpoint, signal, onError } = options;
  const attempt = await attemptOf(options, delivery);
  const nowMs = clock.now();
  if (attempt.kind === "delivered") {
    await settle(db, { delivery, state: "delivered", nextAt: nowMs, nowMs });
    return;
  }
  const { error } = attempt;
  if (attempt.kind === "gone") {
    const isFirst = await db.transaction((sql) =>
      webhooks.disable(sql, { id: endpoint.id, nowMs }),
    );
    await settle(db, { delivery, state: "dead", nextAt: nowMs, error, nowMs });
    if (isFirst) onError(new Error(`The webhook ${endpoint.name} is disabled: ${error}`));
    return;
  }
  const delayMs = signal.aborted ? 0 : delayOf(options, delivery, attempt.retryAfterMs);
  const isOver = nowMs + delayMs > delivery.createdAt + endpoint.giveUpMs;
  const state = isOver && !signal.aborted ? "dead" : "waiting";
  const isMine = await settle(db, { delivery, state, nextAt: nowMs + delayMs, error, nowMs });
  if (isMine && state === "dead") onError(givenUp(endpoint, delivery, error));
}

function settle(db: Db, outcome: DeliveryOutcome): Promise<boolean> {
  return db.transaction((sql) => deliveries.settle(sql, outcome));
}

type Attempt =
  | { readonly kind: "delivered" }
  | { readonly kind: "gone"; readonly error: string }
  | {
      readonly kind: "failed";
      readonly error: string;
      readonly retryAfterMs?: number | undefined;
    };

async function attemptOf(
  { clock, endpoint, post, signal }: WebhookSenderOptions,
  { event }: Delivery,
): Promise<Attempt> {
  const body = webhookPayload(event);
  const timestamp = Math.floor(clock.now() / 1000);
  const headers = {
    "content-type": "application/json",
    ...signWebhook({ id: event.id, timestamp, body }, endpoint.keys),
  };
  // Not AbortSignal.any: what it makes would live as long as the sender.
  const end = new AbortController();
  const abort = (): void => end.abort();
  const timer = globalThis.setTimeout(abort, endpoint.timeoutMs);
  signal.addEventListener("abort", abort);
  try {
    const answer = await post({ url: endpoint.url, headers, body, signal: end.signal });
    if (answer.status >= 200 && answer.status < 300) return { kind: "delivered" };
    const error = `It answered ${answer.status}.`;
    if (answer.status === 410) return { kind: "gone", error };
    return { kind: "failed", error, retryAfterMs: answer.retryAfterMs };
  } catch (error) {
    if (end.signal.aborted && !signal.aborted)
      return { kind: "failed", error: `It took longer than ${endpoint.timeoutMs} ms.` };
    return { kind: "failed", error: `There was no answer: ${reasonOf(error)}` };
  } finally {
    clearTimeout(timer);
    signal.removeEventListener("abort", abort);
  }
}

// A third more or less, so that what failed together is not tried again together.
function delayOf(
  { endpoint, random }: WebhookSenderOptions,
  { attempts }: Delivery,
  retryAfterMs = 0,
): number {
  const delayMs = Math.min(endpoint.retryMs * retryFactor ** (attempts - 1), retryMsMax);
  return Math.max(delayMs * (2 / 3 + (random() * 2) / 3), Math.min(retryAfterMs, retryMsMax));
}

function givenUp({ name }: WebhookEndpoint, { event, attempts }: Delivery, why: string): Error {
  return new Error(
    `The webhook ${name} was not told of ${event.type} ${event.id}: given up after ${attempts} attempts. ${why}`,
  );
}

function reasonOf(error: unknown): string {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  if (!(cause instanceof Error)) return String(cause);
  return "code" in cause && typeof cause.code === "string" ? cause.code : cause.message;
}

function failed(onError: (error: Error) => void): (error: unknown) => [] {
  return (error) => {
    onError(error instanceof Error ? error : new Error(String(error)));
    return [];
  };
}

/** Until there may be something again; never rejects. */
async function pause(signal: AbortSignal): Promise<void> {
  await setTimeout(idleMs, undefined, { signal, ref: false }).catch(() => undefined);
}
