// Webhooks: those that are configured, made known to the database, and a sender for each.
import { setMaxListeners } from "node:events";
import type { Clock } from "../base/clock.js";
import type { Db } from "../db/db.js";
import { deliveries } from "../db/deliveries.js";
import { webhooks } from "../db/webhooks.js";
import { runWebhookSender, type PostWebhook, type WebhookEndpoint } from "./webhook-sender.js";

export interface WebhooksOptions {
  readonly db: Db;
  readonly clock: Clock;
  /** All there are: others that the database knows are told of nothing any more. */
  readonly endpoints: readonly WebhookEndpoint[];
  readonly post: PostWebhook;
  readonly onError: (error: Error) => void;
  readonly random?: () => number;
}

export interface Webhooks {
  /** Ends what is being sent, which is sent again by whoever comes next. */
  stop(): Promise<void>;
}

const stepMax = 200;

export async function startWebhooks({
  endpoints,
  random = Math.random,
  ...options
}: WebhooksOptions): Promise<Webhooks> {
  const { db, clock } = options;
  await db.transaction((sql) => webhooks.set(sql, endpoints, clock.now()));
  const end = new AbortController();
  // Each sender listens for each attempt that is under way, and Node would take that for a leak.
  setMaxListeners(0, end.signal);
  const senders = endpoints.map((endpoint) =>
    runWebhookSender({ ...options, random, endpoint, signal: end.signal }),
  );
  return {
    async stop() {
      end.abort();
      await Promise.all(senders);
    },
  };
}

/** Gives up some of what waits for webhooks that are no more; resolves to whether there may be more. */
export async function abandonDeliveries({ db, clock }: { db: Db; clock: Clock }): Promise<boolean> {
  const gone = await db.transaction((sql) =>
    deliveries.abandon(sql, { nowMs: clock.now(), limit: stepMax }),
  );
  return gone === stepMax;
}
