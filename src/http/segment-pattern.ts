// One segment of a path template: literals with parameters between them, as in `{name}.json`,
// `{id}:run` or plain `{id}`. Knows only one segment, never a whole path.

export interface SegmentPattern {
  /** What stands around the parameters: always one more than there are names. */
  readonly literals: readonly string[];
  readonly names: readonly string[];
  /** Equal for patterns that match the same text. */
  readonly key: string;
  /** Literal characters: the more, the more specific. */
  readonly weight: number;
}

export function parsePattern(segment: string): SegmentPattern {
  const literals: string[] = [];
  const names: string[] = [];
  let from = 0;
  for (;;) {
    const open = segment.indexOf("{", from);
    const close = open < 0 ? -1 : segment.indexOf("}", open);
    if (close < 0) break;
    literals.push(decodeLiteral(segment.slice(from, open)));
    names.push(segment.slice(open + 1, close));
    from = close + 1;
  }
  literals.push(decodeLiteral(segment.slice(from)));
  const weight = literals.reduce((sum, literal) => sum + literal.length, 0);
  return { literals, names, key: literals.join("\0"), weight };
}

/**
 * The parameters' values, or undefined. Each has at least one character and is as short as it can be,
 * the last as long: `{a}-{b}` takes `x-y-z` apart into `x` and `y-z`.
 */
export function matchPattern(pattern: SegmentPattern, segment: string): string[] | undefined {
  const { literals } = pattern;
  const last = literals.length - 1;
  const head = literals[0] ?? "";
  const tail = literals[last] ?? "";
  const end = segment.length - tail.length;
  if (!segment.startsWith(head) || !segment.endsWith(tail)) return undefined;
  const values: string[] = [];
  let from = head.length;
  for (let i = 1; i < last; i++) {
    const literal = literals[i] ?? "";
    const at = segment.indexOf(literal, from + 1);
    if (at < 0) return undefined;
    values.push(segment.slice(from, at));
    from = at + literal.length;
  }
  if (from >= end) return undefined;
  values.push(segment.slice(from, end));
  return values;
}

function decodeLiteral(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
