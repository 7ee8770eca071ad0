// Entity tags (RFC 9110 §8.8.3), as their field text: `"abc"` strong, `W/"abc"` weak.

/** The tags of `If-Match` or `If-None-Match`; what is malformed matches nothing and is left out. */
export function parseEntityTags(text: string): string[] {
  const tags: string[] = [];
  let at = 0;
  while (at < text.length) {
    const open = text.startsWith('W/"', at) ? at + 2 : at;
    const close = text.charAt(open) === '"' ? text.indexOf('"', open + 1) : -1;
    if (close >= 0) tags.push(text.slice(at, close + 1));
    const comma = text.indexOf(",", Math.max(close, at));
    if (comma < 0) break;
    at = comma + 1;
    while (text.charAt(at) === " " || text.charAt(at) === "\t") at++;
  }
  return tags;
}

/** RFC 9110 §8.8.3.2: both strong and the same. */
export function matchesStrongly(a: string, b: string): boolean {
  return a === b && a.startsWith('"');
}

/** RFC 9110 §8.8.3.2: the same, strong or not. */
export function matchesWeakly(a: string, b: string): boolean {
  return opaque(a) === opaque(b);
}

function opaque(tag: string): string {
  return tag.startsWith("W/") ? tag.slice(2) : tag;
}
