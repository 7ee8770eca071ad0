// JSON Pointers (RFC 6901), as plain strings.

export type PointerStep = string | number;

/** `["a/b", 0]` → `/a~1b/0`; `[]` → the empty string, the whole document. */
export function formatPointer(steps: readonly PointerStep[]): string {
  let pointer = "";
  for (const step of steps) pointer += `/${escapeStep(String(step))}`;
  return pointer;
}

/** `/a~1b/0` → `["a/b", "0"]`. */
export function parsePointer(pointer: string): string[] {
  if (pointer === "") return [];
  return pointer
    .slice(1)
    .split("/")
    .map((step) => step.replaceAll("~1", "/").replaceAll("~0", "~"));
}

function escapeStep(step: string): string {
  return step.replaceAll("~", "~0").replaceAll("/", "~1");
}
