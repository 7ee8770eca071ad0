// application/x-www-form-urlencoded as the Encoding Object says (OAS §4.8.15.4.1): a pair for each property or item.
// Files are text in their place's encoding; headers have no place (OAS §4.8.15, `headers`).
import { percentEncode } from "../codec/urlencoded/percent-encode.js";
import { createUrlencodedEncoder } from "../codec/urlencoded/urlencoded-encoder.js";
import type { FormPlan } from "../plan/media-type-plan.js";
import type { EncodedFile } from "./encode-file.js";
import { encodeFile } from "./encode-file.js";
import { encodeJson } from "./encode-json.js";
import { encodeOctetsOnce, textOf, type BodyOctets } from "./encode-text.js";
import { knownFile, octetsOf } from "./file-input.js";
import { formatXml } from "./format-xml.js";
import { formFields, type FormField, type FormOptions } from "./form-fields.js";
import { invalidValue } from "./invalid-value.js";
import { describedPart } from "./part-input.js";
import { styledFields, withoutReadOnly } from "./style-text.js";

interface Pair {
  readonly name: string;
  /** Escaped already where it is text. */
  readonly value: Uint8Array | EncodedFile;
}

/** Pairs in the value's order. The length is known where no file is in them. */
export function encodePairs(
  form: FormPlan,
  value: Readonly<Record<string, unknown>>,
  options: FormOptions,
): BodyOctets {
  const pairs = formFields(form, value, options).flatMap(pairsOf);
  const texts = pairs.flatMap((pair) => (pair.value instanceof Uint8Array ? [pair.value] : []));
  if (texts.length < pairs.length) return { contentLength: undefined, body: streamed(pairs) };
  const encoder = createUrlencodedEncoder();
  return encodeOctetsOnce(
    join(pairs.flatMap(({ name }, i) => [encoder.name(name), texts[i] ?? []])),
  );
}

function streamed(pairs: readonly Pair[]): AsyncIterable<Uint8Array> {
  return {
    async *[Symbol.asyncIterator]() {
      const encoder = createUrlencodedEncoder();
      for (const { name, value } of pairs) {
        yield encoder.name(name);
        if (value instanceof Uint8Array) yield value;
        else for await (const piece of octetsOf(value.body)) yield encoder.value(piece);
      }
    },
  };
}

function pairsOf(field: FormField): Pair[] {
  const { name, plan, pointer } = field;
  const file = knownFile(field.value);
  if (file) return [{ name, value: encodeFile(file, plan.file ?? base64) }];
  const { value } = describedPart(field.value);
  const escape = plan.allowReserved ? escapeSome : escapeAll;
  if (plan.style) {
    return styledFields(name, plan.style, withoutReadOnly(value, plan.value), true).map((each) => {
      const pieces = each.pieces.map((piece) => {
        const text = escape(piece);
        return each.delimiter === "," ? text.replaceAll(",", "%2C") : text;
      });
      return { name: each.name, value: ascii(pieces.join(delimiters[each.delimiter] ?? "")) };
    });
  }
  if (plan.carried === "xml" && plan.xml)
    return [{ name, value: ascii(escape(formatXml(plan.xml, value))) }];
  if (plan.carried !== "json" && (value === null || typeof value !== "object"))
    return [{ name, value: ascii(escape(value === null ? "" : textOf(value, pointer))) }];
  if (plan.carried === "text")
    throw invalidValue(pointer, "An object cannot be told from a text here: send a text.");
  const { text, contentLength, body } = encodeJson(value, plan.value);
  return [
    { name, value: text === undefined ? { body, size: contentLength } : ascii(escape(text)) },
  ];
}

const base64 = { encoding: "base64" } as const;

/** As they stand between pieces; in a piece each is escaped, or not there (OAS Appendix C). */
const delimiters: Readonly<Record<string, string>> = { ",": ",", " ": "%20", "|": "%7C" };

function escapeAll(text: string): string {
  return new TextDecoder().decode(percentEncode(new TextEncoder().encode(text)));
}

// What has a meaning in pairs (`&`, `=`, `+`, `%`) is escaped in any case.
function escapeSome(text: string): string {
  return escapeAll(text).replace(/%(?:3A|2F|3F|23|5B|5D|40|21|24|27|28|29|2C|3B|7E)/g, (escaped) =>
    String.fromCharCode(Number.parseInt(escaped.slice(1), 16)),
  );
}

function ascii(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

function join(pieces: readonly (Uint8Array | readonly never[])[]): Uint8Array {
  const bytes = new Uint8Array(pieces.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const piece of pieces) {
    bytes.set(piece, at);
    at += piece.length;
  }
  return bytes;
}
