// JSON with files in it, as text in an encoding that is written as it is read.
import { memberOf } from "../base/member-of.js";
import type { FilePlan } from "../plan/file-plan.js";
import type { ValuePlan } from "../plan/value-plan.js";
import { encodeFile, type EncodedFile } from "./encode-file.js";
import type { BodyOctets } from "./encode-text.js";
import { knownFile, octetsOf } from "./file-input.js";
import { invalidValue } from "./invalid-value.js";

export interface EncodedJson extends BodyOctets {
  /** The whole text, where no file is in it. */
  readonly text: string | undefined;
}

const base64: FilePlan = {
  encoding: "base64",
  allowedTypes: [],
  bytesMax: undefined,
  textBytesMax: undefined,
  image: false,
};

/**
 * Files anywhere in the value become text in their place's encoding, else base64; read-only members stay at home;
 * the rest is as JSON.stringify has it. Throws `invalid-value` for what JSON cannot say.
 */
export function encodeJson(value: unknown, plan?: ValuePlan): EncodedJson {
  const files: EncodedFile[] = [];
  // A text that nobody can have sent on purpose stands for each file until the text is cut there.
  const mark = `\uE000${crypto.randomUUID()}`;
  const replace = (node: unknown, at: ValuePlan | undefined): unknown => {
    const file = knownFile(node);
    if (file) {
      const filePlan = at?.filePlan ?? base64;
      const { body, size } = encodeFile(file, filePlan);
      const isPlain = filePlan.encoding !== "quoted-printable";
      files.push(isPlain ? { body, size } : { body: escaped(body), size: undefined });
      return mark;
    }
    if (Array.isArray(node))
      return node.map((item, index) => replace(item, at?.prefixItems?.[index] ?? at?.items));
    if (typeof node !== "object" || node === null || "toJSON" in node) return node;
    const members = Object.entries(node).flatMap(([name, inner]) => {
      const there = memberOf(at, name);
      return there?.readOnly ? [] : [[name, replace(inner, there)]];
    });
    return Object.fromEntries(members);
  };
  const text = textOf(replace(value, plan));
  if (files.length === 0) {
    const bytes = new TextEncoder().encode(text);
    return { text, contentLength: bytes.length, body: written([bytes], files) };
  }
  const pieces = text.split(mark).map((piece) => new TextEncoder().encode(piece));
  return { text: undefined, contentLength: lengthOf(pieces, files), body: written(pieces, files) };
}

function textOf(value: unknown): string {
  try {
    return JSON.stringify(value) ?? "null";
  } catch (error) {
    throw invalidValue("", `JSON cannot say this: ${error instanceof Error ? error.message : ""}`);
  }
}

function lengthOf(
  pieces: readonly Uint8Array[],
  files: readonly EncodedFile[],
): number | undefined {
  let length = pieces.reduce((sum, piece) => sum + piece.length, 0);
  for (const { size } of files) {
    if (size === undefined) return undefined;
    length += size;
  }
  return length;
}

function written(
  pieces: readonly Uint8Array[],
  files: readonly EncodedFile[],
): AsyncIterable<Uint8Array> {
  return {
    async *[Symbol.asyncIterator]() {
      for (const [index, piece] of pieces.entries()) {
        yield piece;
        const file = files[index];
        if (file) yield* octetsOf(file.body);
      }
    },
  };
}

const escapes = new Map([
  [0x22, [0x5c, 0x22]],
  [0x5c, [0x5c, 0x5c]],
  [0x0d, [0x5c, 0x72]],
  [0x0a, [0x5c, 0x6e]],
]);

// Quoted-printable has line ends, and leaves quotes and backslashes as they are.
function escaped(body: EncodedFile["body"]): AsyncIterable<Uint8Array> {
  return {
    async *[Symbol.asyncIterator]() {
      for await (const bytes of octetsOf(body))
        yield Uint8Array.from(Array.from(bytes).flatMap((byte) => escapes.get(byte) ?? byte));
    },
  };
}
