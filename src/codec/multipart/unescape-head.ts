// The names of a part as browsers mean them: what they escape (HTML, multipart/form-data encoding
// algorithm) taken back.
import { unescapeName } from "./format-part-head.js";
import type { PartHead } from "./part-head.js";

export function unescapeHead(head: PartHead): PartHead {
  return { ...head, name: unescaped(head.name), filename: unescaped(head.filename) };
}

function unescaped(name: string | undefined): string | undefined {
  return name === undefined ? undefined : unescapeName(name);
}
