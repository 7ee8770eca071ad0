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

/**
 * The path that stands for all with the same shape: parameters lose their names, which may differ
 * from path to path (`/users/{id}` and `/users/{userId}/posts`), and so does a trailing slash.
 */
export function shapeOf(segments: readonly string[]): string {
  return joinSegments(
    segments.map((segment) => (parameterOf(segment) === undefined ? segment : "{}")),
  );
}

/** Names of the parameters in order of appearance. */
export function parametersOf(template: string): string[] {
  return [...template.matchAll(/\{([^{}]*)\}/g)].map(([, name = ""]) => name);
}

/** Puts values into a template one after the other, percent-encoded; a trailing slash stays. */
export function fillTemplate(template: string, values: readonly string[]): string {
  let index = 0;
  return template.replace(/\{[^{}]*\}/g, () => encodeURIComponent(values[index++] ?? ""));
}
