// JSON with files in it, as base64 text that is written as it is read.
import { createByteEncoder, type ByteEncoder } from "../codec/encoding/byte-encoder.js";
import { parseContentEncoding } from "../codec/encoding/content-encoding.js";
import type { FilePlan } from "../plan/file-plan.js";
import type { ValuePlan } from "../plan/value-plan.js";
import { knownFile, octetsOf, type KnownFile } from "./file-input.js";

export interface EncodedJson {
  readonly contentLength: number | undefined;
  readonly body: AsyncIterable<Uint8Array>;
}

interface PlacedFile {
  readonly file: KnownFile;
  readonly plan: Pick<FilePlan, "encoding">;
}

const base64: Pick<FilePlan, "encoding"> = { encoding: "base64" };

/** Files anywhere in the value become text in their place's encoding, else base64; the rest is as JSON.stringify has it. */
export function encodeJson(value: unknown, plan?: ValuePlan): EncodedJson {
  const files: PlacedFile[] = [];
  // A text that nobody can have sent on purpose stands for each file until the text is cut there.
  const mark = `\uE000${crypto.randomUUID()}`;
  const replace = (node: unknown, at: ValuePlan | undefined): unknown => {
    const file = knownFile(node);
    if (file) {
      files.push({ file, plan: at?.filePlan ?? base64 });
      return mark;
    }
    if (Array.isArray(node))
      return node.map((item, index) => replace(item, at?.prefixItems?.[index] ?? at?.items));
    if (typeof node !== "object" || node === null || "toJSON" in node) return node;
    const members = Object.entries(node);
    return Object.fromEntries(
      members.map(([name, inner]) => [
        name,
        replace(inner, at?.properties?.get(name) ?? at?.additional),
      ]),
    );
  };
  const text = JSON.stringify(replace(value, plan)) ?? "null";
  const pieces = text.split(`"${mark}"`);
  return { contentLength: lengthOf(pieces, files), body: written(pieces, files) };
}

/** A file as text in one encoding of `contentEncoding`. */
export async function* encodedOctets(
  file: KnownFile,
  plan: Pick<FilePlan, "encoding">,
): AsyncGenerator<Uint8Array> {
  const encoder: ByteEncoder = createByteEncoder(
    parseContentEncoding(plan.encoding ?? "base64") ?? "base64",
  );
  for await (const bytes of octetsOf(file.content)) {
    const text = encoder.write(bytes);
    if (text.length > 0) yield text;
  }
  const rest = encoder.end();
  if (rest.length > 0) yield rest;
}

function lengthOf(pieces: readonly string[], files: readonly PlacedFile[]): number | undefined {
  let length = pieces.reduce((sum, piece) => sum + new TextEncoder().encode(piece).length, 0);
  for (const { file, plan } of files) {
    if (file.size === undefined || plan.encoding !== "base64") return undefined;
    length += 2 + Math.ceil(file.size / 3) * 4;
  }
  return length;
}

async function* written(
  pieces: readonly string[],
  files: readonly PlacedFile[],
): AsyncGenerator<Uint8Array> {
  const utf8 = new TextEncoder();
  const quote = utf8.encode('"');
  for (const [index, piece] of pieces.entries()) {
    yield utf8.encode(piece);
    const placed = files[index];
    if (!placed) continue;
    yield quote;
    yield* encodedOctets(placed.file, placed.plan);
    yield quote;
  }
}
