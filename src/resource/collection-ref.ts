// One concrete collection: its plan, and the values of the parameters in its path.
import type { Attachment } from "../db/attachments.js";
import { parsePointer } from "../base/pointer.js";
import type { CollectionPlan } from "../plan/collection-plan.js";
import { fillTemplate } from "../plan/path-template.js";

export interface CollectionRef {
  readonly plan: CollectionPlan;
  /** The collection's name in the database: its path, filled in, e.g. `/users/7/posts`. */
  readonly key: string;
  /** Values of the path's parameters, in order. */
  readonly values: readonly string[];
}

export function collectionRef(plan: CollectionPlan, values: readonly string[]): CollectionRef {
  return { plan, key: fillTemplate(plan.path, values), values };
}

/** The path of one resource; undefined in create-only collections. */
export function itemPathOf({ plan, values }: CollectionRef, id: string): string | undefined {
  return plan.itemPath === undefined ? undefined : fillTemplate(plan.itemPath, [...values, id]);
}

/** The path under which an attached file can be read; undefined when the document has none. */
export function filePathOf(
  { plan, values }: CollectionRef,
  attachment: Attachment,
): string | undefined {
  const [property = "", ...below] = parsePointer(attachment.property);
  const template = below.length === 0 ? plan.filePaths.get(property) : undefined;
  return template === undefined
    ? undefined
    : fillTemplate(template, [...values, attachment.resourceId, attachment.blob.reference.id]);
}
