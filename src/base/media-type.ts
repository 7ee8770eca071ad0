// Media types and ranges (RFC 9110 §8.3.1, §12.5.1). Parsing without regular expressions on input.

/** A media type or range, lower-cased, parameters in order. `type` and `subtype` may be `*`. */
export interface MediaType {
  readonly type: string;
  readonly subtype: string;
  readonly parameters: ReadonlyMap<string, string>;
}

/** Parses `type/subtype; name=value`; undefined when it is none. Quoted values are unescaped (RFC 9110 §5.6.4). */
export function parseMediaType(text: string): MediaType | undefined {
  const end = text.indexOf(";");
  const essence = (end < 0 ? text : text.slice(0, end)).trim().toLowerCase();
  const slash = essence.indexOf("/");
  const type = essence.slice(0, slash);
  const subtype = essence.slice(slash + 1);
  if (slash < 1 || !isToken(type) || !isToken(subtype)) return undefined;
  const parameters = end < 0 ? new Map<string, string>() : parseParameters(text, end);
  return parameters && { type, subtype, parameters };
}

/** A comma-separated list of types or ranges, as in `encoding.contentType` (OAS §4.8.15) and `Accept`. */
export function parseMediaTypes(text: string): MediaType[] {
  return splitOutsideQuotes(text, ",").flatMap((entry) => parseMediaType(entry) ?? []);
}

/** Parses `; a=b; c="d"` from `start`; undefined when malformed. The first of equal names wins. */
export function parseParameters(text: string, start: number): Map<string, string> | undefined {
  const parameters = new Map<string, string>();
  for (const piece of splitOutsideQuotes(text.slice(start), ";")) {
    const entry = piece.trim();
    if (entry === "") continue;
    const equals = entry.indexOf("=");
    const name = entry.slice(0, equals).trim().toLowerCase();
    const value = unquote(entry.slice(equals + 1).trim());
    if (equals < 1 || !isToken(name) || value === undefined) return undefined;
    if (!parameters.has(name)) parameters.set(name, value);
  }
  return parameters;
}

export function essenceOf(media: MediaType): string {
  return `${media.type}/${media.subtype}`;
}

export function formatMediaType(media: MediaType): string {
  let text = essenceOf(media);
  for (const [name, value] of media.parameters) {
    text += `; ${name}=${isToken(value) ? value : `"${value.replace(/["\\]/g, "\\$&")}"`}`;
  }
  return text;
}

/** Does `range` cover `media`? Parameters count only where the range carries them. */
export function covers(range: MediaType, media: MediaType): boolean {
  if (range.type !== "*" && range.type !== media.type) return false;
  if (range.subtype !== "*" && range.subtype !== media.subtype) return false;
  for (const [name, value] of range.parameters) {
    if (media.parameters.get(name)?.toLowerCase() !== value.toLowerCase()) return false;
  }
  return true;
}

/** How specific a range is: exact with parameters > exact > `type/*` > `*` + `/*` (OAS Request Body Object, content). */
export function specificity(range: MediaType): number {
  if (range.type === "*") return 0;
  if (range.subtype === "*") return 1;
  return 2 + range.parameters.size;
}

export function isRange(media: MediaType): boolean {
  return media.type === "*" || media.subtype === "*";
}

export function isJson({ type, subtype }: MediaType): boolean {
  // `text/json` was never registered; .NET's documents say it all the same.
  return (
    (subtype === "json" && (type === "application" || type === "text")) || subtype.endsWith("+json")
  );
}

export function isXml({ type, subtype }: MediaType): boolean {
  const plain = subtype === "xml" && (type === "application" || type === "text");
  return plain || subtype.endsWith("+xml");
}

/** RFC 9110 §5.6.2. */
export function isToken(text: string): boolean {
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    const alphanumeric =
      (code >= 97 && code <= 122) || (code >= 65 && code <= 90) || (code >= 48 && code <= 57);
    if (!alphanumeric && !"!#$%&'*+-.^_`|~".includes(text.charAt(i))) return false;
  }
  return text.length > 0;
}

function unquote(text: string): string | undefined {
  if (!text.startsWith('"')) return text === "" || isTokenLike(text) ? text : undefined;
  let value = "";
  for (let i = 1; i < text.length; i++) {
    const char = text.charAt(i);
    if (char === '"') return i === text.length - 1 ? value : undefined;
    value += char === "\\" ? text.charAt(++i) : char;
  }
  return undefined;
}

// Unquoted values in the wild hold characters that are no token characters (`boundary=a/b`, `name=x:y`).
function isTokenLike(text: string): boolean {
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code <= 32 || code === 127 || code === 34) return false;
  }
  return true;
}

function splitOutsideQuotes(text: string, separator: "," | ";"): string[] {
  const pieces: string[] = [];
  let quoted = false;
  let from = 0;
  for (let i = 0; i < text.length; i++) {
    const char = text.charAt(i);
    if (char === '"') quoted = !quoted;
    else if (quoted && char === "\\") i++;
    else if (!quoted && char === separator) {
      pieces.push(text.slice(from, i));
      from = i + 1;
    }
  }
  pieces.push(text.slice(from));
  return pieces;
}
