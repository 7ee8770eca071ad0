// Webhooks as a user gives them: checked, with what was left out.
import { createHash } from "node:crypto";
import { eventTypes, type EventType } from "../base/event-type.js";
import { isObject } from "../base/json.js";
import { parseWebhookSecret } from "../base/webhook-signature.js";
import type { WebhookEndpoint } from "../upload/webhook-sender.js";

export interface WebhookOptions {
  /** `https:` or `http:`. */
  readonly url: string;
  /** `whsec_` and base64 of 24 to 64 octets. With several, each signs: give the old and the new one while you change. */
  readonly secret: string | readonly string[];
  /** Names of events, or `file.*`, or `*`. Default all. */
  readonly events?: readonly string[];
  /** For one attempt. Default 15 seconds. */
  readonly timeoutMs?: number;
  /** From the first failure to the second attempt; each later one waits three times as long, up to 8 hours. Default 5 seconds. */
  readonly retryMs?: number;
  /** From the event until it is given up. Default 3 days. */
  readonly giveUpMs?: number;
}

const known = ["url", "secret", "events", "timeoutMs", "retryMs", "giveUpMs"];
const dayMs = 24 * 60 * 60 * 1000;
const defaults = { timeoutMs: 15_000, retryMs: 5000, giveUpMs: 3 * dayMs };
const maxima = { timeoutMs: 10 * 60 * 1000, retryMs: dayMs, giveUpMs: 30 * dayMs };

/** Throws a TypeError that names the option, and never shows a secret. */
export function webhookOptionsOf(said: unknown = []): WebhookEndpoint[] {
  if (said === null) return []; // in a file, with all that is in it commented out
  if (!Array.isArray(said)) throw new TypeError("webhooks must be a list.");
  const list = said.map((each: unknown, index) => endpointOf(`webhooks[${index}]`, each));
  const twice = list.findIndex(({ id }, index) => list.findIndex((each) => each.id === id) < index);
  if (twice >= 0) throw new TypeError(`webhooks[${twice}]: its url is there twice.`);
  return list;
}

function endpointOf(name: string, said: unknown): WebhookEndpoint {
  if (!isObject(said)) throw new TypeError(`${name} must be an object.`);
  const unknown = Object.keys(said).find((each) => !known.includes(each));
  if (unknown !== undefined)
    throw new TypeError(`${name}: there is no option ${unknown}; there are ${known.join(", ")}.`);
  const url = urlOf(`${name}.url`, said["url"]);
  return {
    id: createHash("sha256").update(url.href).digest("hex").slice(0, 16),
    name: `${name} at ${url.origin}`,
    url: url.href,
    origin: url.origin,
    keys: keysOf(`${name}.secret`, said["secret"]),
    types: typesOf(`${name}.events`, said["events"] ?? ["*"]),
    timeoutMs: durationOf(name, "timeoutMs", said),
    retryMs: durationOf(name, "retryMs", said),
    giveUpMs: durationOf(name, "giveUpMs", said),
  };
}

function urlOf(name: string, said: unknown): URL {
  const url = typeof said === "string" && URL.canParse(said) ? new URL(said) : undefined;
  if (!url || !/^https?:$/.test(url.protocol) || url.username !== "" || url.password !== "")
    throw new TypeError(`${name} must be an http or https URL without a user.`);
  return url;
}

function keysOf(name: string, said: unknown): Uint8Array[] {
  const list: unknown[] = Array.isArray(said) ? said : [said];
  if (list.length === 0) throw new TypeError(`${name} is missing.`);
  return list.map((each) => {
    if (typeof each !== "string") throw new TypeError(`${name} must be a text.`);
    try {
      return parseWebhookSecret(each);
    } catch (error) {
      const why = error instanceof Error ? error.message : "";
      throw new TypeError(`${name}: ${why}`, { cause: error });
    }
  });
}

function typesOf(name: string, said: unknown): EventType[] {
  if (!Array.isArray(said) || said.length === 0)
    throw new TypeError(
      `${name} must be a list of names of events, or of \`file.*\` and the like.`,
    );
  const found = said.flatMap((pattern: unknown) => {
    const types = eventTypes.filter((type) => fits(String(pattern), type));
    if (types.length > 0) return types;
    throw new TypeError(
      `${name}: there is no ${String(pattern)}; there are ${eventTypes.join(", ")}.`,
    );
  });
  return [...new Set(found)];
}

function fits(pattern: string, type: EventType): boolean {
  return pattern === "*" || pattern === type || pattern === `${type.split(".")[0]}.*`;
}

function durationOf(
  name: string,
  option: keyof typeof defaults,
  said: Readonly<Record<string, unknown>>,
): number {
  const value = said[option] ?? defaults[option];
  if (typeof value === "number" && value > 0 && value <= maxima[option]) return value;
  throw new TypeError(
    `${name}.${option} must be a number of milliseconds, more than 0 and at most ${maxima[option]}.`,
  );
}
