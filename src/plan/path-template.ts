// Path templates (OAS §4.8.8.2), compared without a trailing slash.

/** `/a/{b}/` → `["a", "{b}"]`. */
export function segmentsOf(path: string): string[] {
  return path.split("/").filter((segment) => segment !== "");
}

export function joinSegments(segments: readonly string[]): string {
  return `/${segments.join("/")}`;
}

/** The name in a segment that is one parameter and nothing else: `{id}` → `id`. */
export function parameterOf(segment: string | undefined): string | undefined {
  const whole = segment !== undefined && segment.startsWith("{") && segment.endsWith("}");
  return whole && segment.indexOf("}") === segment.length - 1 ? segment.slice(1, -1) : undefined;
}

export function isLiteral(segment: string | undefined): segment is string {
  return segment !== undefined && !segment.includes("{");
}

/** Puts values into a template, percent-encoded; the trailing slash stays as the template has it. */
export function fillTemplate(template: string, values: ReadonlyMap<string, string>): string {
  return template.replace(/\{([^{}]+)\}/g, (whole, name: string) => {
    const value = values.get(name);
    return value === undefined ? whole : encodeURIComponent(value);
  });
}
