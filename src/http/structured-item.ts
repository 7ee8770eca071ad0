// Items of structured fields (RFC 9651 §3.3), as the fields of resumable uploads have them. A field of another
// kind counts as absent: undefined.

/** As the source of an expression (RFC 9651 §3.1.2). */
export const parametersPattern = String.raw`(?:;\x20*[a-z*][a-z0-9_.*-]*(?:=(?:"(?:[^"\\]|\\["\\])*"|[^\s;,"]+))?)*`;

const boolean = new RegExp(`^\\x20*\\?([01])${parametersPattern}\\x20*$`);
const count = new RegExp(`^\\x20*(\\d{1,15})${parametersPattern}\\x20*$`);

export function parseBooleanItem(text: string | undefined): boolean | undefined {
  const [, digit] = boolean.exec(text ?? "") ?? [];
  return digit === undefined ? undefined : digit === "1";
}

/** An Integer that is not negative. */
export function parseCountItem(text: string | undefined): number | undefined {
  const [, digits] = count.exec(text ?? "") ?? [];
  return digits === undefined ? undefined : Number(digits);
}

export function formatBooleanItem(value: boolean): string {
  return value ? "?1" : "?0";
}
