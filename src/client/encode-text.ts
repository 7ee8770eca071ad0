// Text as octets in the charset that a media type says, UTF-8 where it says none.
import { parseMediaType } from "../base/media-type.js";
import { invalidValue } from "./invalid-value.js";

export interface BodyOctets {
  /** Undefined where a stream of unknown size is in it. */
  readonly contentLength: number | undefined;
  readonly body: AsyncIterable<Uint8Array>;
}

/** Text in UTF-8 as a body. */
export function encodeText(text: string): BodyOctets {
  return encodeOctetsOnce(new TextEncoder().encode(text));
}

/** Octets as a body that can be read again, as for a retry. */
export function encodeOctetsOnce(bytes: Uint8Array): BodyOctets {
  return {
    contentLength: bytes.length,
    body: {
      async *[Symbol.asyncIterator]() {
        yield bytes;
      },
    },
  };
}

/** Throws `invalid-value` for a character that the charset has not, and for a charset that cannot be written. */
export function textOctets(
  text: string,
  mediaType: string | undefined,
  pointer: string,
): Uint8Array {
  const charset = parseMediaType(mediaType ?? "")
    ?.parameters.get("charset")
    ?.toLowerCase();
  if (charset === undefined || /^utf-?8$/.test(charset)) return new TextEncoder().encode(text);
  const table = createTable(charset);
  if (!table) throw invalidValue(pointer, `Text cannot be written in ${charset}.`);
  return Uint8Array.from(text, (character) => {
    const octet = table.get(character);
    if (octet !== undefined) return octet;
    throw invalidValue(pointer, `${JSON.stringify(character)} cannot be written in ${charset}.`);
  });
}

// The platform knows charsets one way only: of those with one octet a character the way back is a table.
function createTable(charset: string): Map<string, number> | undefined {
  try {
    const decoder = new TextDecoder(charset);
    // To the Encoding Standard this label is windows-1252, to RFC 2046 §4.1.2 it is what it says.
    const length = charset === "us-ascii" ? 128 : 256;
    const characters = Array.from({ length }, (_, octet) =>
      decoder.decode(Uint8Array.of(octet), { stream: true }),
    );
    if (characters.some((each) => each.length !== 1)) return undefined;
    const known = characters.map((each, octet) => [each, octet] as const);
    return new Map(known.filter(([each]) => each !== "\uFFFD").toReversed());
  } catch {
    return undefined; // no label of the Encoding Standard
  }
}

/** What has a text of its own: texts, numbers, true and false. Throws `invalid-value` for all else. */
export function textOf(value: unknown, pointer: string): string {
  switch (typeof value) {
    case "string":
    case "boolean":
    case "bigint":
      return String(value);
    case "number":
      if (Number.isFinite(value)) return String(value);
      throw invalidValue(pointer, `${value} is no number of JSON.`);
    default:
      throw invalidValue(
        pointer,
        `Here a text, a number, true or false can be sent, and nothing else.`,
      );
  }
}
