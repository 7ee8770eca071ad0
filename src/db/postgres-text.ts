// Text as Postgres can keep it, which knows no U+0000. It is written as two others, and U+0001 too, so that any two
// texts are as far apart, and in the same order, as they were.

export function toPostgresText(text: string): string {
  if (!text.includes("\0") && !text.includes("\u0001")) return text;
  return text.replaceAll("\u0001", "\u0001\u0002").replaceAll("\0", "\u0001\u0001");
}

export function fromPostgresText(text: string): string {
  if (!text.includes("\u0001")) return text;
  return text.replaceAll("\u0001\u0001", "\0").replaceAll("\u0001\u0002", "\u0001");
}
