// Where in the document something of a schema stands, behind `$ref`, `allOf` and the branches of unions: what a
// person has to open to mend it.
import { arrayOr, isObject } from "../base/json.js";
import { formatPointer, type PointerStep } from "../base/pointer.js";
import type { Compiler } from "./compiler.js";

export interface SchemaPlace {
  readonly schema: unknown;
  /** JSON Pointer into the document; after a URI where it is in another one. */
  readonly pointer: string;
}

/** The schema of a member: `["properties", "a"]`, `["items"]`. Undefined where none says it. */
export function memberPlace(
  compiler: Compiler,
  place: SchemaPlace,
  steps: readonly string[],
): SchemaPlace | undefined {
  return search(compiler, place, (node) => {
    let found: unknown = node;
    for (const step of steps) {
      if (!isObject(found) || !Object.hasOwn(found, step)) return undefined;
      found = found[step];
    }
    return { schema: found, steps };
  });
}

/** The place of a keyword's value, or the schema's own where nothing says it. */
export function keywordPlace(compiler: Compiler, place: SchemaPlace, keyword: string): string {
  return memberPlace(compiler, place, [keyword])?.pointer ?? place.pointer;
}

export interface NamedPlace extends SchemaPlace {
  /** Of the nearest property. */
  readonly name: string;
}

/** A schema and all that its members, items and branches lead to, each once, where it stands. */
export function walkSchema(compiler: Compiler, start: SchemaPlace, name: string): NamedPlace[] {
  const places: NamedPlace[] = [];
  const seen = new Set<unknown>();
  const stack: NamedPlace[] = [{ ...start, name }];
  for (let place = stack.pop(); place; place = stack.pop()) {
    if (!isObject(place.schema) || seen.has(place.schema)) continue;
    seen.add(place.schema);
    places.push(place);
    stack.push(...belowOf(compiler, place).toReversed());
  }
  return places;
}

function belowOf(compiler: Compiler, place: NamedPlace): NamedPlace[] {
  const view = compiler.view(place.schema);
  const at = (name: string, ...steps: string[]): NamedPlace[] => {
    const found = memberPlace(compiler, place, steps);
    return found ? [{ ...found, name }] : [];
  };
  const { name } = place;
  return [
    ...[...view.properties.keys()].flatMap((member) => at(member, "properties", member)),
    ...at(name, "items"),
    ...at(name, "additionalProperties"),
    ...["prefixItems", "anyOf", "oneOf"].flatMap((keyword) =>
      at(name, keyword).flatMap(({ schema, pointer }) =>
        arrayOr(schema).map((each, i) => ({ schema: each, pointer: `${pointer}/${i}`, name })),
      ),
    ),
  ];
}

type Match = (
  node: Readonly<Record<string, unknown>>,
) => { schema: unknown; steps: readonly PointerStep[] } | undefined;

// The schema itself, then what it refers to and is made of, then its branches; each once.
function search(compiler: Compiler, start: SchemaPlace, match: Match): SchemaPlace | undefined {
  const queue = [start];
  const seen = new Set<unknown>();
  for (let place = queue.shift(); place; place = queue.shift()) {
    const { schema, pointer } = place;
    if (!isObject(schema) || seen.has(schema)) continue;
    seen.add(schema);
    const found = match(schema);
    if (found) return { schema: found.schema, pointer: pointer + formatPointer(found.steps) };
    if (typeof schema["$ref"] === "string") {
      const { node, ref } = compiler.document.resolve(schema);
      queue.push({ schema: node, pointer: ref === undefined ? pointer : pointerOf(ref) });
    }
    for (const keyword of ["allOf", "anyOf", "oneOf"])
      for (const [index, branch] of arrayOr(schema[keyword]).entries())
        queue.push({ schema: branch, pointer: pointer + formatPointer([keyword, index]) });
  }
  return undefined;
}

function pointerOf(ref: string): string {
  return ref.startsWith("#") ? ref.slice(1) : ref;
}
