// The items of a sequence (OAS 3.2 §4.14.3) as a body: JSON texts or server-sent events, one after the other.
import { WaybillError } from "../base/fault.js";
import { isObject } from "../base/json.js";
import type { SequencePlan } from "../plan/sequence-plan.js";
import { encodeJson } from "./encode-json.js";
import { encodeText, type BodyOctets } from "./encode-text.js";

export function encodeSequence(plan: SequencePlan, items: readonly unknown[]): BodyOctets {
  if (plan.framing === "event-stream") return encodeText(items.map(formatEvent).join(""));
  const before = plan.framing === "json-seq" ? "\x1e" : "";
  const texts = items.map((item, index) => {
    return encodeJson(item, plan.value?.prefixItems?.[index] ?? plan.value?.items);
  });
  const all = texts.flatMap((text) => [encodeText(before), text, encodeText("\n")]);
  return { contentLength: lengthOf(all), body: joined(all) };
}

function lengthOf(pieces: readonly BodyOctets[]): number | undefined {
  let length = 0;
  for (const { contentLength } of pieces) {
    if (contentLength === undefined) return undefined;
    length += contentLength;
  }
  return length;
}

function joined(pieces: readonly BodyOctets[]): AsyncIterable<Uint8Array> {
  return {
    async *[Symbol.asyncIterator]() {
      for (const { body } of pieces) yield* body;
    },
  };
}

const fields = ["event", "id", "retry"] as const;

function formatEvent(event: unknown, index: number): string {
  if (!isObject(event) || typeof event["data"] !== "string") throw noEvent(index);
  const { data } = event;
  const others = fields.flatMap((name) => {
    const value = event[name];
    if (value === undefined || value === null) return [];
    const text = String(value);
    if (/[\r\n\0]/.test(text)) throw noEvent(index);
    return [`${name}: ${text}\n`];
  });
  const lines = data.split(/\r\n|\r|\n/).map((line) => `data: ${line}\n`);
  return `${[...others, ...lines].join("")}\n`;
}

function noEvent(index: number): WaybillError {
  const detail = "An event has `data`, a text, and `event`, `id` and `retry` without line ends.";
  return new WaybillError({ code: "invalid-value", detail, pointer: `/${index}` });
}
