// Values can hold a thing twice, or within itself: YAML by its aliases, code by its references. Written out,
// or walked as the tree that a document is, they then have no end, or none in time.
import { formatPointer, type PointerStep } from "../base/pointer.js";
import { DocumentError } from "./document-error.js";

/** Objects and lists; the largest documents there are have about a million. */
export const nodesMax = 2_000_000;

/** Throws a DocumentError for a tree that is within itself, or too large when what is shared counts each time. */
export function refuseUnwritable(root: unknown, name: string): void {
  const sizes = new Map<object, number>();
  const inside = new Set<object>();
  const way: PointerStep[] = [];
  const sizeOf = (node: unknown): number => {
    if (typeof node !== "object" || node === null) return 0;
    const known = sizes.get(node);
    if (known !== undefined) return known;
    if (inside.has(node))
      throw new DocumentError(`${name} holds a thing within itself.`, formatPointer(way));
    inside.add(node);
    let size = 1;
    for (const [key, inner] of Object.entries(node)) {
      way.push(key);
      size += sizeOf(inner);
      way.pop();
    }
    inside.delete(node);
    if (size > nodesMax) throw new DocumentError(tooLarge(name), formatPointer(way));
    sizes.set(node, size);
    return size;
  };
  sizeOf(root);
}

export function tooLarge(name: string): string {
  return `${name} is too large when it is written out: more than ${nodesMax} objects and lists.`;
}
