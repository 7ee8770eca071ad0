// Drafts: resources that miss files which they need. A draft is there for its owner alone, until it is
// complete or expires.
import type { Fault } from "../base/fault.js";
import { setOwn } from "../base/json.js";
import { formatPointer } from "../base/pointer.js";
import type { ResourceRow } from "../db/resources.js";
import type { CollectionPlan } from "../plan/collection-plan.js";
import { fillTemplate } from "../plan/path-template.js";
import type { CollectionRef } from "./collection-ref.js";

/** Who asks, as a text that is the same for the same one and no other; null for nobody in particular. */
export type Owner = string | null;

/** Says of a fault that it is none here. */
export type IsExcused = (fault: Fault) => boolean;

/** Names of the files that must come yet before this document is complete. */
export function missingFiles(
  { drafts }: CollectionPlan,
  document: Readonly<Record<string, unknown>>,
): string[] {
  return [...(drafts?.files.keys() ?? [])].filter((name) => !Object.hasOwn(document, name));
}

/** Where each of them is put, with its name. */
export function missingFilePaths(
  { plan, values }: CollectionRef,
  { id, document }: Pick<ResourceRow, "id" | "document">,
): { property: string; path: string }[] {
  return missingFiles(plan, document).flatMap((property) => {
    const template = plan.drafts?.files.get(property);
    return template === undefined
      ? []
      : [{ property, path: fillTemplate(template, [...values, id]) }];
  });
}

export function isVisible(row: ResourceRow, owner: Owner, nowMs: number): boolean {
  return !row.draft || ((row.owner ?? null) === owner && nowMs < (row.expiresAt ?? Infinity));
}

/** That these files are not there yet, and nothing else. */
export function excuseMissing(names: readonly string[]): IsExcused {
  const pointers = new Set(names.map((name) => formatPointer([name])));
  return ({ code, pointer }) => code === "missing-property" && pointers.has(pointer ?? "");
}

/** What a body may do that its schema forbids: miss such files in a create, and hold the state as it was read. */
export function excuseInBody(
  { drafts }: CollectionPlan,
  kind: "create" | "other",
): IsExcused | undefined {
  if (!drafts) return undefined;
  const isMissing = excuseMissing(kind === "create" ? [...drafts.files.keys()] : []);
  const state = formatPointer([drafts.property]);
  return (fault) =>
    isMissing(fault) || (fault.code === "unknown-property" && fault.pointer === state);
}

/** A copy without the state, which only the server sets. */
export function withoutState(
  { drafts }: CollectionPlan,
  value: Readonly<Record<string, unknown>>,
): Record<string, unknown> {
  const out: Record<string, unknown> = {};
  for (const [name, inner] of Object.entries(value))
    if (name !== drafts?.property) setOwn(out, name, inner);
  return out;
}
