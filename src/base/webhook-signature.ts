// Signatures of webhooks as Standard Webhooks has them: HMAC-SHA256 over id, time and body, so that a receiver
// knows who sent it, that it is whole, and that it is not an old one sent again.
import { createHmac, timingSafeEqual } from "node:crypto";
import { WaybillError } from "./fault.js";

export interface SignedMessage {
  readonly id: string;
  /** Seconds since the Unix epoch. */
  readonly timestamp: number;
  readonly body: string | Uint8Array;
}

/** What a receiver has: a `Headers`, or an object as Node's `request.headers`. */
export type ReceivedHeaders =
  | Headers
  | Readonly<Record<string, string | readonly string[] | undefined>>;

export interface VerifyWebhookOptions {
  /** How far the sender's clock may be from this one. Default five minutes. */
  readonly toleranceSeconds?: number;
  /** Milliseconds since the Unix epoch. Default the time of the system. */
  readonly nowMs?: number;
}

export interface ReceivedWebhook {
  /** The same whenever this event is sent again: keep it, and pass over what you have seen. */
  readonly id: string;
  readonly type: string;
  /** When it happened, RFC 3339. */
  readonly timestamp: string;
  readonly data: Readonly<Record<string, unknown>>;
}

const prefix = "whsec_";
const secretBytesMin = 24;
const secretBytesMax = 64;

/** The key in `whsec_…`, 24 to 64 octets as base64. Throws a TypeError that does not show it. */
export function parseWebhookSecret(secret: string): Uint8Array {
  const text = secret.startsWith(prefix) ? secret.slice(prefix.length) : "";
  const key = /^[A-Za-z0-9+/]+={0,2}$/.test(text) ? Buffer.from(text, "base64") : Buffer.alloc(0);
  if (key.length >= secretBytesMin && key.length <= secretBytesMax) return key;
  throw new TypeError(
    `A webhook's secret is ${prefix} and base64 of ${secretBytesMin} to ${secretBytesMax} octets.`,
  );
}

/** The three headers; one signature for each key, so that a receiver can change from one secret to the next. */
export function signWebhook(
  message: SignedMessage,
  keys: readonly Uint8Array[],
): Record<string, string> {
  const signatures = keys.map((key) => `v1,${macOf(message, key).toString("base64")}`);
  return {
    "webhook-id": message.id,
    "webhook-timestamp": String(message.timestamp),
    "webhook-signature": signatures.join(" "),
  };
}

/**
 * What was sent, once it is known to be genuine; `body` is the body's octets as they came, not parsed and written
 * again. Throws `unauthorized` where no signature fits or it is too old or from the future, and a TypeError
 * for a secret that is none.
 */
export function verifyWebhook(
  headers: ReceivedHeaders,
  body: string | Uint8Array,
  secret: string | readonly string[],
  { toleranceSeconds = 300, nowMs = Date.now() }: VerifyWebhookOptions = {},
): ReceivedWebhook {
  const keys = [secret].flat().map(parseWebhookSecret);
  const id = headerOf(headers, "webhook-id");
  const time = headerOf(headers, "webhook-timestamp");
  const signatures = headerOf(headers, "webhook-signature")?.split(" ") ?? [];
  if (id === undefined || time === undefined || !/^\d{1,12}$/.test(time))
    throw notGenuine("The headers of a webhook are missing.");
  const timestamp = Number(time);
  const isSigned = keys.some((key) => {
    const mac = macOf({ id, timestamp, body }, key);
    return signatures.some((each) => isMac(each, mac));
  });
  if (!isSigned) throw notGenuine("No signature of the webhook fits.");
  if (Math.abs(nowMs / 1000 - timestamp) > toleranceSeconds)
    throw notGenuine("The webhook is too old, or the clocks differ.");
  const text = typeof body === "string" ? body : Buffer.from(body).toString();
  const payload = JSON.parse(text) as Omit<ReceivedWebhook, "id">;
  return { id, ...payload };
}

function macOf({ id, timestamp, body }: SignedMessage, key: Uint8Array): Buffer {
  return createHmac("sha256", key).update(`${id}.${timestamp}.`).update(body).digest();
}

function isMac(signature: string, mac: Buffer): boolean {
  if (!signature.startsWith("v1,")) return false;
  const said = Buffer.from(signature.slice(3), "base64");
  return said.length === mac.length && timingSafeEqual(said, mac);
}

function headerOf(headers: ReceivedHeaders, name: string): string | undefined {
  if (headers instanceof Headers) return headers.get(name) ?? undefined;
  const value = (headers as Readonly<Record<string, string | readonly string[] | undefined>>)[name];
  return typeof value === "string" ? value : value?.[0];
}

function notGenuine(detail: string): WaybillError {
  return new WaybillError({ code: "unauthorized", detail });
}
