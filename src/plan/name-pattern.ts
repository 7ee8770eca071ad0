// A key of `patternProperties`, compiled (JSON Schema 2020-12 §10.3.2.2).

/** One that is no ECMA-262 expression, with the flag `u` or without, matches no name. */
export function compilePattern(pattern: string): RegExp {
  for (const flags of ["u", ""]) {
    try {
      return new RegExp(pattern, flags);
    } catch {}
  }
  return /^(?!)/;
}
