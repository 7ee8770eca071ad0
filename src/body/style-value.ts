// Delimited text to arrays and objects: `style` and `explode` (OAS §4.8.15.1.2, RFC 6570).
import { WaybillError } from "../base/fault.js";
import { setOwn } from "../base/json.js";
import type { StylePlan } from "../plan/style-plan.js";
import type { MemberTypes } from "../plan/text-plan.js";
import { within } from "./fault-list.js";
import { parseTextValue } from "./text-value.js";

/** How the pieces of a text are told apart and read. */
export interface StyleText {
  /** In form-data the octets stand as they are; urlencoded pieces are decoded after splitting (OAS Appendix C). */
  readonly percentEncoded: boolean;
  decode(piece: string, charset?: string): string;
}

const delimiters: Record<string, (text: StyleText) => RegExp> = {
  form: () => /,/,
  spaceDelimited: ({ percentEncoded }) => (percentEncoded ? /%20|\+/i : / /),
  pipeDelimited: ({ percentEncoded }) => (percentEncoded ? /%7C|\|/i : /\|/),
};

/** The whole array or object in one text (`explode: false`). */
export function parseStyled(text: string, plan: StylePlan, how: StyleText): unknown {
  const delimiter = delimiters[plan.style]?.(how) ?? /,/;
  const pieces = text === "" ? [] : text.split(delimiter).map((piece) => how.decode(piece));
  return plan.kind === "array"
    ? pieces.map((piece, index) => within(index, () => parseTextValue(piece, plan.items)))
    : pairsToObject(pieces, plan.members);
}

/** `R,100,G,200` → `{R: 100, G: 200}`. */
export function pairsToObject(pieces: readonly string[], members: MemberTypes): object {
  if (pieces.length % 2 === 1) {
    throw new WaybillError({
      code: "invalid-value",
      detail: "An object as text needs a value for each name.",
    });
  }
  const value = {};
  for (let i = 0; i < pieces.length; i += 2) {
    const [name = "", text = ""] = pieces.slice(i, i + 2);
    setOwn(
      value,
      name,
      within(name, () => parseMember(name, text, members)),
    );
  }
  return value;
}

export function parseMember(name: string, text: string, { named, others }: MemberTypes): unknown {
  return parseTextValue(text, named.get(name) ?? others);
}
