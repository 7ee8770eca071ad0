// The Content-Disposition of a part (RFC 7578 §4.2, RFC 6266 §4), one character an octet. Reads it as
// browsers, curl and old libraries write it. Knows nothing of limits or of what the names mean.
import { isToken } from "../../base/media-type.js";

export interface ContentDisposition {
  /** Lower-case. */
  readonly type: string;
  /** Lower-case names; values unquoted, otherwise as sent. Extended ones keep their `*`. */
  readonly parameters: readonly (readonly [name: string, value: string])[];
}

/** Undefined when malformed, or when a parameter stands there twice. */
export function parseContentDisposition(text: string): ContentDisposition | undefined {
  // A browser writes a name that ends in a backslash as `"a\"`. Read with escapes that is unterminated
  // or followed by rubbish, so it does no harm to take the backslashes literally then.
  return parse(text, true) ?? (text.includes("\\") ? parse(text, false) : undefined);
}

function parse(text: string, escapes: boolean): ContentDisposition | undefined {
  const parameters: (readonly [string, string])[] = [];
  const first = text.indexOf(";");
  const type = first < 0 ? text : beforeBlanks(text, 0, first);
  if (type !== "form-data" && !isToken(type)) return undefined;
  let at = first < 0 ? text.length : skipBlanks(text, first + 1);
  while (at < text.length) {
    // A `;` too many is common and says nothing.
    if (text.charCodeAt(at) === 59) {
      at = skipBlanks(text, at + 1);
      continue;
    }
    const equals = text.indexOf("=", at);
    if (equals < 0) return undefined;
    const name = parameterName(beforeBlanks(text, at, equals));
    const start = skipBlanks(text, equals + 1);
    const quoted = text.charCodeAt(start) === 34;
    const end = quoted ? closingQuote(text, start + 1, escapes) : unquotedEnd(text, start);
    if (name === undefined || end < 0 || has(parameters, name)) return undefined;
    const value = quoted ? text.slice(start + 1, end) : beforeBlanks(text, start, end);
    parameters.push([name, quoted && escapes ? unescaped(value) : value]);
    at = skipBlanks(text, quoted ? end + 1 : end);
    if (at < text.length && text.charCodeAt(at) !== 59) return undefined;
    at = skipBlanks(text, at + 1);
  }
  return { type: type === "form-data" ? type : type.toLowerCase(), parameters };
}

function parameterName(name: string): string | undefined {
  if (name === "name" || name === "filename") return name;
  return isToken(name) ? name.toLowerCase() : undefined;
}

function has(parameters: ContentDisposition["parameters"], name: string): boolean {
  for (const [given] of parameters) if (given === name) return true;
  return false;
}

// A quote ends the value unless an odd number of backslashes stands before it. -1 if none does.
function closingQuote(text: string, from: number, escapes: boolean): number {
  let quote = text.indexOf('"', from);
  if (!escapes) return quote;
  for (; quote >= 0; quote = text.indexOf('"', quote + 1)) {
    let run = quote;
    while (run > from && text.charCodeAt(run - 1) === 92) run--;
    if ((quote - run) % 2 === 0) return quote;
  }
  return -1;
}

// Old clients leave spaces unquoted (`filename=a b.txt`). Empty, or with a quote inside: -1.
function unquotedEnd(text: string, from: number): number {
  const semicolon = text.indexOf(";", from);
  const end = semicolon < 0 ? text.length : semicolon;
  const quote = text.indexOf('"', from);
  return end === from || (quote >= 0 && quote < end) ? -1 : end;
}

// `\"` and `\\` are escapes (curl, Java, Python); before anything else a backslash is part of an old
// Windows path (`C:\dir\a.txt`) and stays.
function unescaped(value: string): string {
  let slash = value.indexOf("\\");
  if (slash < 0) return value;
  let text = "";
  let from = 0;
  while (slash >= 0) {
    const next = value.charCodeAt(slash + 1);
    const escape = next === 34 || next === 92;
    text += value.slice(from, escape ? slash : slash + 1);
    from = slash + 1;
    slash = value.indexOf("\\", escape ? from + 1 : from);
  }
  return text + value.slice(from);
}

function skipBlanks(text: string, from: number): number {
  let at = from;
  while (isBlank(text.charCodeAt(at))) at++;
  return at;
}

function beforeBlanks(text: string, from: number, to: number): string {
  let end = to;
  while (end > from && isBlank(text.charCodeAt(end - 1))) end--;
  return text.slice(from, end);
}

function isBlank(code: number): boolean {
  return code === 32 || code === 9;
}
