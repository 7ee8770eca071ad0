// `$dynamicRef` (JSON Schema 2020-12 §8.2.3.2), settled before anybody looks at a schema: which schema it
// means depends only on the resources that references lead through, so each such way gets its own copy
// of what it leads to, in which every `$dynamicRef` has become a plain `$ref`.
import { arrayOr, isObject, setOwn } from "../base/json.js";
import type { ResourceIndex, SchemaResource } from "./resource-index.js";

/** What each dynamic anchor means: the outermost resource on the way that has it. */
type Scope = ReadonlyMap<string, string>;

export interface DynamicScopes {
  /** The copy of `node`, reached from `holder` by a reference, or as the root when there is none. */
  bind(node: unknown, holder?: object): unknown;
  /** The node that a copy was made of; itself when it is none. */
  originOf(node: object): object;
}

export function createDynamicScopes(index: ResourceIndex): DynamicScopes {
  const origins = new WeakMap<object, { node: object; scope: Scope }>();
  const copies = new Map<string, WeakMap<object, object>>();

  const copy = (node: unknown, outer: Scope): unknown => {
    if (typeof node !== "object" || node === null) return node;
    const scope = enter(outer, index.resourceOf(node));
    const known = copiesIn(copies, scope).get(node);
    if (known) return known;
    const made: object = Array.isArray(node) ? [] : {};
    copiesIn(copies, scope).set(node, made); // before what is in it, which may lead back here
    origins.set(made, { node, scope });
    for (const [key, inner] of Object.entries(node)) setOwn(made, key, copy(inner, scope));
    if (isObject(made)) settle(made, node, scope);
    return made;
  };

  const settle = (made: Record<string, unknown>, node: object, scope: Scope): void => {
    const { $dynamicRef: said } = made;
    if (typeof said !== "string") return;
    const $ref = meaningOf(index, said, node, scope);
    delete made["$dynamicRef"];
    if (made["$ref"] === undefined) made["$ref"] = $ref;
    else made["allOf"] = [...arrayOr(made["allOf"]), { $ref }];
  };

  return {
    bind: (node, holder) => copy(node, (holder && origins.get(holder)?.scope) ?? new Map()),
    originOf: (node) => origins.get(node)?.node ?? node,
  };
}

function enter(scope: Scope, { uri, dynamicAnchors }: SchemaResource): Scope {
  const fresh = [...dynamicAnchors].filter((name) => !scope.has(name));
  if (fresh.length === 0) return scope;
  return new Map([...scope, ...fresh.map((name) => [name, `${uri}#${name}`] as const)]);
}

function copiesIn(
  copies: Map<string, WeakMap<object, object>>,
  scope: Scope,
): WeakMap<object, object> {
  const key = [...scope.values()].toSorted().join(" ");
  const known = copies.get(key) ?? new WeakMap<object, object>();
  copies.set(key, known);
  return known;
}

// Only where the reference, taken as a plain one, leads to a `$dynamicAnchor` is it dynamic at all.
function meaningOf(index: ResourceIndex, ref: string, holder: object, scope: Scope): string {
  const name = ref.slice(ref.indexOf("#") + 1);
  const outermost = scope.get(name);
  if (outermost === undefined || !ref.includes("#")) return ref;
  try {
    const { node } = index.lookUp(ref, holder);
    return isObject(node) && node["$dynamicAnchor"] === name ? outermost : ref;
  } catch {
    return ref; // whoever follows it is told
  }
}
