// One body through the decoder, with files in memory, and values made comparable.
import { defaultBodyOptions } from "../../dist/body/body-context.js";
import { createBodyDecoder } from "../../dist/body/decode-body.js";
import { defaultLimits } from "../../dist/base/limits.js";
import { parseMediaType } from "../../dist/base/media-type.js";

const piece = 37;

/** Small pieces, so that every decoder is cut everywhere. */
export async function decode(plan, validators, contentType, bytes, options = {}) {
  const decoder = createBodyDecoder({
    plan,
    contentType: parseMediaType(contentType),
    filename: undefined,
    limits: defaultLimits,
    sinks: memorySinks(),
    validators,
    options: { ...defaultBodyOptions, ...options },
  });
  for (let at = 0; at < bytes.length; at += piece)
    await decoder.write(bytes.subarray(at, at + piece));
  return decoder.end();
}

export async function octetsOf(body) {
  const pieces = [];
  for await (const each of body) pieces.push(Buffer.from(each));
  return Buffer.concat(pieces);
}

function memorySinks() {
  let count = 0;
  return {
    open() {
      const pieces = [];
      return {
        write: (bytes) => void pieces.push(Buffer.from(bytes)),
        close: async () => ({
          id: String(count++),
          mediaType: "",
          size: 0,
          sha256: "",
          bytes: Buffer.concat(pieces).toString("base64"),
        }),
        abort: async () => undefined,
      };
    },
  };
}

/**
 * What of a value reaches the other side: null and undefined, and empty arrays, are left out of forms, and what may be
 * a text as well is one.
 */
export function sent({ body }, value) {
  if (!("form" in body)) return value;
  const members = Object.entries(value).flatMap(([name, each]) => {
    const { style, carried, text } = body.form.properties.get(name) ?? {};
    if (each === null || each === undefined) return [];
    const isEmpty = style && typeof each === "object" && Object.keys(each).length === 0;
    if (isEmpty || (Array.isArray(each) && each.length === 0)) return [];
    const isText = carried === "text" && !style && text.types.includes("string");
    return [[name, isText ? asText(each) : each]];
  });
  return Object.fromEntries(members);
}

function asText(value) {
  if (Array.isArray(value)) return value.map(asText);
  return typeof value === "object" ? value : String(value);
}

export function isFile(value) {
  return value?.content instanceof Uint8Array;
}

/** Files as the decoder has them, for asking the validator beforehand. */
export function asDecoded(value) {
  if (typeof value !== "object" || value === null) return value;
  if (isFile(value)) return { file: true };
  if (Array.isArray(value)) return value.map(asDecoded);
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, asDecoded(each)]));
}

export function canonical(value) {
  return (
    JSON.stringify(value, (_, each) => {
      if (typeof each !== "object" || each === null) return each;
      if (isFile(each)) return `file ${Buffer.from(each.content).toString("base64")}`;
      if (typeof each.bytes === "string" && "sha256" in each) return `file ${each.bytes}`;
      if (Array.isArray(each)) return each;
      return Object.fromEntries(Object.entries(each).toSorted(([a], [b]) => (a < b ? -1 : 1)));
    }) ?? "undefined"
  );
}
