// Arrays and objects as delimited text: `style` and `explode` of the Encoding Object (OAS §4.8.15.1.2, RFC 6570).
// Says which pieces go under which name; what is escaped is the form's to know.
import { isObject } from "../base/json.js";
import { formatPointer } from "../base/pointer.js";
import type { StylePlan } from "../plan/style-plan.js";
import type { ValuePlan } from "../plan/value-plan.js";
import { textOf } from "./encode-text.js";
import { invalidValue } from "./invalid-value.js";

/** One name and its value: pieces with a delimiter between them. */
export interface StyledField {
  readonly name: string;
  readonly pieces: readonly string[];
  readonly delimiter: string;
}

/**
 * `escaped` says that the delimiter is told from the same character in a piece. Empty arrays and objects, and
 * members that are null, are undefined to RFC 6570 §2.3: left out. Throws `invalid-value` for what the style has
 * no way to say.
 */
export function styledFields(
  name: string,
  { style, explode }: StylePlan,
  value: unknown,
  escaped: boolean,
): StyledField[] {
  const text = (each: unknown, ...at: readonly (string | number)[]): string =>
    textOf(each, formatPointer([name, ...at]));
  const delimiter = delimiters[style];
  const joined = (pieces: readonly string[]): StyledField[] =>
    pieces.length === 0 ? [] : [{ name, pieces: told(name, pieces, style, escaped), delimiter }];
  if (Array.isArray(value)) {
    const items: unknown[] = value;
    const pieces = items.flatMap((item, i) => (isPresent(item) ? [text(item, i)] : []));
    return style === "form" && explode ? pieces.map((piece) => alone(name, piece)) : joined(pieces);
  }
  if (!isObject(value)) return [alone(name, text(value))];
  const members = Object.entries(value)
    .filter(([, each]) => isPresent(each))
    .map(([key, each]) => [key, text(each, key)] as const);
  if (style === "deepObject") return members.map(([key, each]) => alone(`${name}[${key}]`, each));
  if (style === "form" && explode) return members.map(([key, each]) => alone(key, each));
  return joined(members.flat());
}

/** An object without what requests do without. */
export function withoutReadOnly(value: unknown, plan: ValuePlan | undefined): unknown {
  const inner = plan?.properties;
  if (!isObject(value) || inner === undefined) return value;
  return Object.fromEntries(Object.entries(value).filter(([name]) => !inner.get(name)?.readOnly));
}

const delimiters = { form: ",", spaceDelimited: " ", pipeDelimited: "|", deepObject: "," } as const;

function alone(name: string, piece: string): StyledField {
  return { name, pieces: [piece], delimiter: "" };
}

function isPresent(value: unknown): boolean {
  return value !== undefined && value !== null;
}

// A comma in a pair is escaped, and so told from a delimiter. The space and the bar are escaped when they delimit
// (OAS Appendix C), and in form-data nothing is escaped at all.
function told(
  name: string,
  pieces: readonly string[],
  style: StylePlan["style"],
  escaped: boolean,
): readonly string[] {
  const delimiter = delimiters[style];
  const pointer = formatPointer([name]);
  const free = escaped && delimiter === ",";
  const found = free ? undefined : pieces.find((piece) => piece.includes(delimiter));
  if (found !== undefined) {
    const detail = `${JSON.stringify(found)} holds ${JSON.stringify(delimiter)}, at which the style ${style} is cut.`;
    throw invalidValue(pointer, detail);
  }
  if (pieces.length === 1 && pieces[0] === "")
    throw invalidValue(pointer, `One empty text is no list to the style ${style}.`);
  return pieces;
}
