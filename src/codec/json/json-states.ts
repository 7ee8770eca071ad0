// The states of the JSON machine. Up to DONE a structural octet or a value's first one is awaited; past it, a token is cut.
export const VALUE = 0;
export const FIRST_ITEM = 1;
export const FIRST_KEY = 2;
export const KEY = 3;
export const AFTER_KEY = 4;
export const AFTER_VALUE = 5;
export const DONE = 6;
export const IN_KEY = 7;
export const IN_STRING = 8;
export const IN_NUMBER = 9;
export const IN_LITERAL = 10;
export const IN_FILE = 11;

/** States in which no member or item is begun. */
export const between: ReadonlySet<number> = new Set([
  FIRST_ITEM,
  FIRST_KEY,
  KEY,
  IN_KEY,
  AFTER_VALUE,
]);

/** What is awaited in each state, for messages. */
export const expectations = [
  "a value",
  'a value or "]"',
  'a name in quotes or "}"',
  "a name in quotes",
  '":"',
  '"," or the end of the array or object',
  "nothing more",
  "the rest of a name",
  "the rest of a string",
  "the rest of a number",
  "the rest of a literal",
  "the rest of a string",
] as const;
