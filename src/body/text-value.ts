// Text to value, by the types that the schema allows (OAS Appendix B). Nothing is guessed.
import { WaybillError } from "../base/fault.js";
import type { TextPlan } from "../plan/text-plan.js";

/** Throws `invalid-value` when no allowed type has such a text. */
export function parseTextValue(text: string, { types }: TextPlan): unknown {
  if (types.includes("string")) return text;
  if (text === "" && types.includes("null")) return null;
  if (types.includes("boolean") && (text === "true" || text === "false")) return text === "true";
  if (types.includes("number") || types.includes("integer")) {
    const number = parseJsonNumber(text);
    if (number !== undefined) return number; // the schema tells integers from other numbers
  }
  // The sentence of the validator: the same fault reads the same in every style.
  throw new WaybillError({
    code: "invalid-value",
    detail: `The value must be ${types.join(",")}.`,
  });
}

// The grammar of JSON (RFC 8259 §6), so `0x5`, ` 5`, `+5` and `1_000` are no numbers.
function parseJsonNumber(text: string): number | undefined {
  if (text.length > 400 || !/^-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?$/.test(text)) return undefined;
  const number = Number(text);
  return Number.isFinite(number) ? number : undefined;
}

/** A text in a message: quoted, and cut where it is long. */
export function quote(text: string): string {
  return JSON.stringify(text.length > 80 ? `${text.slice(0, 77)}…` : text);
}

/** Octets to text, strictly. `charset` is a label of the Encoding Standard; default UTF-8. */
export function decodeCharset(bytes: Uint8Array, charset = "utf-8"): string {
  const decoder = createCharsetDecoder(charset);
  try {
    return decoder.decode(bytes);
  } catch (error) {
    throw new WaybillError(
      { code: "malformed-encoding", detail: `The text is not valid ${charset}.` },
      { cause: error },
    );
  }
}

function createCharsetDecoder(charset: string): { decode(bytes: Uint8Array): string } {
  try {
    return new TextDecoder(charset, { fatal: true });
  } catch (error) {
    const detail = `The charset ${quote(charset)} is not known.`;
    throw new WaybillError({ code: "malformed-encoding", detail }, { cause: error });
  }
}
