// Where in a JSON value files and read-only members stand: a graph beside the schema, with cycles
// where the schema has them, and nothing in it where there is nothing to find.
import { filePlanOf, type FilePlan } from "./file-plan.js";
import type { Members } from "../base/member-of.js";
import type { Compiler } from "./compiler.js";
import { compilePattern } from "./name-pattern.js";

export interface ValuePlan extends Members<ValuePlan> {
  /** Strings here are files. */
  readonly file?: boolean;
  readonly filePlan?: FilePlan;
  /** For files that are items: how many there may be. */
  readonly itemsMax?: number;
  readonly readOnly?: boolean;
  readonly items?: ValuePlan;
  readonly prefixItems?: readonly ValuePlan[];
}

interface Draft {
  file?: boolean;
  filePlan?: FilePlan;
  itemsMax?: number;
  readOnly?: boolean;
  properties?: Map<string, Draft>;
  patterns?: (readonly [RegExp, Draft])[];
  additional?: Draft;
  items?: Draft;
  prefixItems?: Draft[];
}

/** What was compiled before, for one document: schemas lead to each other, and each is looked at once. */
export interface ValueMemory {
  readonly drafts: Map<unknown, Draft>;
  /** Those that mark something or lead to one that does. */
  readonly useful: Set<Draft>;
}

export function createValueMemory(): ValueMemory {
  return { drafts: new Map(), useful: new Set() };
}

/** Compiles the graph for a schema that stands in JSON; undefined when it leads to no file and nothing read-only. */
export function valuePlanOf(compiler: Compiler, schema: unknown): ValuePlan | undefined {
  const { drafts, useful } = compiler.values;
  const fresh = new Map<unknown, Draft>();
  const root = draftOf(compiler, schema, fresh); // throws for a bad reference: then nothing is kept
  addUseful([root, ...fresh.values()], useful);
  for (const [key, draft] of fresh) {
    prune(draft, useful);
    drafts.set(key, draft);
  }
  return useful.has(root) ? root : undefined;
}

function draftOf(compiler: Compiler, schema: unknown, fresh: Map<unknown, Draft>): Draft {
  const known = compiler.values.drafts.get(schema) ?? fresh.get(schema);
  if (known) return known;
  const draft: Draft = {};
  if (typeof schema === "object" && schema !== null) fresh.set(schema, draft);
  fill(compiler, schema, draft, fresh);
  return draft;
}

function fill(compiler: Compiler, schema: unknown, draft: Draft, fresh: Map<unknown, Draft>): void {
  const view = compiler.view(schema);
  const filePlan = filePlanOf(compiler.document.rules, view, "json");
  if (filePlan) Object.assign(draft, { file: true, filePlan });
  if (compiler.isApart(schema)) draft.readOnly = true;
  const inner = (each: unknown): Draft => draftOf(compiler, each, fresh);
  for (const [name, property] of view.properties)
    (draft.properties ??= new Map()).set(name, inner(property));
  for (const [pattern, property] of view.patternProperties)
    (draft.patterns ??= []).push([compilePattern(pattern), inner(property)]);
  if (typeof view.additionalProperties === "object")
    draft.additional = inner(view.additionalProperties);
  if (typeof view.items === "object") draft.items = itemOf(inner(view.items), view.maxItems);
  if (view.prefixItems.length > 0) draft.prefixItems = view.prefixItems.map(inner);
  // A branch may be the one that applies (schema search MAY inspect anyOf and oneOf).
  for (const branch of view.branches) mergeInto(draft, inner(branch));
}

// A draft of its own, since other arrays may have the same items.
function itemOf(item: Draft, itemsMax: number | undefined): Draft {
  return item.file && itemsMax !== undefined ? { ...item, itemsMax } : item;
}

function mergeInto(draft: Draft, branch: Draft): void {
  if (branch.file && !draft.file) Object.assign(draft, { file: true, filePlan: branch.filePlan });
  for (const [name, property] of branch.properties ?? []) {
    const properties = (draft.properties ??= new Map());
    if (!properties.has(name)) properties.set(name, property);
  }
  draft.patterns ??= branch.patterns;
  draft.additional ??= branch.additional;
  draft.items ??= branch.items;
  draft.prefixItems ??= branch.prefixItems;
}

// Backwards from the drafts that mark something, and from those that were found useful before.
function addUseful(fresh: readonly Draft[], useful: Set<Draft>): void {
  const parents = new Map<Draft, Draft[]>();
  for (const draft of fresh) {
    for (const child of childrenOf(draft)) {
      const known = parents.get(child);
      if (known) known.push(draft);
      else parents.set(child, [draft]);
    }
  }
  const leading = [...parents].flatMap(([child, above]) => (useful.has(child) ? above : []));
  const marked = [...fresh, ...parents.keys()].filter(({ file, readOnly }) => file || readOnly);
  const queue = [...marked, ...leading];
  for (let draft = queue.pop(); draft; draft = queue.pop()) {
    if (useful.has(draft)) continue;
    useful.add(draft);
    for (const above of parents.get(draft) ?? []) queue.push(above);
  }
}

function childrenOf(draft: Draft): Draft[] {
  const single = [draft.additional, draft.items].flatMap((child) => child ?? []);
  const matched = draft.patterns?.map(([, child]) => child) ?? [];
  return [
    ...(draft.properties?.values() ?? []),
    ...matched,
    ...single,
    ...(draft.prefixItems ?? []),
  ];
}

function prune(draft: Draft, useful: ReadonlySet<Draft>): void {
  if (draft.additional && !useful.has(draft.additional)) delete draft.additional;
  const leads = draft.additional ?? draft.patterns?.some(([, child]) => useful.has(child));
  // Where other names lead somewhere, those that lead nowhere are told from them.
  if (!leads) {
    delete draft.patterns;
    for (const [name, child] of draft.properties ?? [])
      if (!useful.has(child)) draft.properties?.delete(name);
    if (draft.properties?.size === 0) delete draft.properties;
  }
  if (draft.items && !useful.has(draft.items)) delete draft.items;
  if (draft.prefixItems && !draft.prefixItems.some((child) => useful.has(child)))
    delete draft.prefixItems;
}
