// Names as SDKs and PHP write them: `list[]`, `object[member]`, `object[member][inner]`. Pure text; whether a
// name means that is for the schema to say.

export interface BracketName {
  readonly base: string;
  /** What stands behind it: `member`, `member[inner]`, or empty for `[]`. */
  readonly rest: string;
}

/** Undefined for a name of another form. */
export function parseBracketName(name: string): BracketName | undefined {
  const open = name.indexOf("[");
  const close = name.indexOf("]", open);
  if (open < 1 || close < 0) return undefined;
  const after = name.slice(close + 1);
  if (after !== "" && !after.startsWith("[")) return undefined;
  const step = name.slice(open + 1, close);
  if (step === "") return after === "" ? { base: name.slice(0, open), rest: "" } : undefined;
  return { base: name.slice(0, open), rest: step + after };
}
