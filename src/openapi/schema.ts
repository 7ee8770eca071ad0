// Schema Object (OAS §4.8.24), seen as the body rules see it: what stands in the schema itself and
// behind its `$ref` and `allOf`, and nothing else ("Data modeling techniques", schema search of 3.1.1).
import { arrayOr, isObject, numberOr, objectOr, stringOr } from "../base/json.js";
import type { OpenApiDocument } from "./document.js";

export interface SchemaView {
  /** `false` schemas allow nothing. */
  readonly never: boolean;
  /** The intersection of all `type`s found; undefined when none is said. `null` is in it when `nullable`. */
  readonly types: ReadonlySet<string> | undefined;
  readonly format: string | undefined;
  readonly contentEncoding: string | undefined;
  readonly contentMediaType: string | undefined;
  readonly contentSchema: unknown;
  readonly maxLength: number | undefined;
  readonly maxItems: number | undefined;
  readonly readOnly: boolean;
  readonly writeOnly: boolean;
  readonly required: ReadonlySet<string>;
  /** In document order. A name that several schemas describe has an `allOf` of them. */
  readonly properties: ReadonlyMap<string, unknown>;
  readonly patternProperties: readonly (readonly [pattern: string, schema: unknown])[];
  /** `false` if any of the schemas says so; undefined when none says anything. */
  readonly additionalProperties: unknown;
  readonly items: unknown;
  readonly prefixItems: readonly unknown[];
  /** The branches of `anyOf` and `oneOf`. */
  readonly branches: readonly unknown[];
  /** The keywords found, to tell `{}` from a schema that says something else. */
  readonly keywords: ReadonlySet<string>;
  /** Undefined when none is said. */
  readonly default: unknown;
  readonly xml: Readonly<Record<string, unknown>>;
  /** Name of the component, if the schema was a reference to one. */
  readonly component: string | undefined;
  readonly enum: readonly unknown[] | undefined;
  /** `x-draft-expires`; undefined when none is said. */
  readonly draftExpires: unknown;
  /** `x-file-url`; undefined when none is said. */
  readonly fileUrl: unknown;
}

/** One schema for what two say of a property: the same for the same two, so that recursion comes round. */
export type MergeSchemas = (known: unknown, schema: unknown) => unknown;

export function createMergeSchemas(): MergeSchemas {
  const merged = new Map<unknown, Map<unknown, unknown>>();
  return (known, schema) => {
    const beside = merged.get(known) ?? new Map<unknown, unknown>();
    merged.set(known, beside);
    const both = beside.get(schema) ?? { allOf: [known, schema] };
    beside.set(schema, both);
    return both;
  };
}

/** Looks at a schema. Cheap; nothing behind its properties is looked at. */
export function viewSchema(
  document: OpenApiDocument,
  schema: unknown,
  merge = createMergeSchemas(),
): SchemaView {
  const found = collect(document, schema);
  const nodes = found.map(({ node }) => node);
  const say = <Value>(
    key: string,
    read: (value: unknown, otherwise: undefined) => Value | undefined,
  ) => firstOf(nodes, key, read);
  return {
    never: found.some(({ never }) => never),
    types: typesOf(nodes),
    format: say("format", stringOr),
    contentEncoding: say("contentEncoding", stringOr),
    contentMediaType: say("contentMediaType", stringOr),
    contentSchema: nodes.find((node) => "contentSchema" in node)?.["contentSchema"],
    maxLength: least(nodes, "maxLength"),
    maxItems: least(nodes, "maxItems"),
    readOnly: nodes.some((node) => node["readOnly"] === true),
    writeOnly: nodes.some((node) => node["writeOnly"] === true),
    required: new Set(nodes.flatMap((node) => arrayOr(node["required"])).filter(isString)),
    properties: propertiesOf(nodes, merge),
    patternProperties: nodes.flatMap((node) => Object.entries(objectOr(node["patternProperties"]))),
    additionalProperties: additionalOf(nodes),
    items: nodes.find((node) => "items" in node)?.["items"],
    prefixItems: arrayOr(nodes.find((node) => "prefixItems" in node)?.["prefixItems"]),
    branches: nodes.flatMap((node) => [...arrayOr(node["anyOf"]), ...arrayOr(node["oneOf"])]),
    keywords: new Set(nodes.flatMap((node) => Object.keys(node))),
    default: nodes.find((node) => "default" in node)?.["default"],
    xml: objectOr(nodes.find((node) => isObject(node["xml"]))?.["xml"]),
    component: found.find(({ component }) => component !== undefined)?.component,
    enum: nodes.map((node) => node["enum"]).find(Array.isArray),
    draftExpires: nodes.find((node) => "x-draft-expires" in node)?.["x-draft-expires"],
    fileUrl: nodes.find((node) => "x-file-url" in node)?.["x-file-url"],
  };
}

interface Found {
  readonly node: Readonly<Record<string, unknown>>;
  readonly never: boolean;
  readonly component: string | undefined;
}

// The schema and all behind its $ref and allOf, each once: recursion through allOf must end.
function collect(document: OpenApiDocument, schema: unknown): Found[] {
  const found: Found[] = [];
  const seen = new Set<unknown>();
  const visit = (each: unknown, component: string | undefined): void => {
    if (seen.has(each)) return;
    seen.add(each);
    if (!isObject(each)) {
      found.push({ node: {}, never: each === false, component });
      return;
    }
    const ref = each["$ref"];
    if (typeof ref === "string") {
      const resolved = document.follow(each);
      visit(resolved.node, component ?? componentName(resolved.ref));
      if (document.rules.refHidesSiblings) return;
    }
    found.push({ node: each, never: false, component });
    for (const branch of arrayOr(each["allOf"])) visit(branch, undefined);
  };
  visit(schema, undefined);
  return found;
}

function componentName(ref: string | undefined): string | undefined {
  const prefix = "#/components/schemas/";
  return ref?.startsWith(prefix) ? ref.slice(prefix.length) : undefined;
}

function firstOf<Value>(
  nodes: readonly Readonly<Record<string, unknown>>[],
  key: string,
  read: (value: unknown, otherwise: undefined) => Value | undefined,
): Value | undefined {
  for (const node of nodes) {
    const value = read(node[key], undefined);
    if (value !== undefined) return value;
  }
  return undefined;
}

function least(
  nodes: readonly Readonly<Record<string, unknown>>[],
  key: string,
): number | undefined {
  const values = nodes.flatMap((node) => numberOr(node[key], undefined) ?? []);
  return values.length > 0 ? Math.min(...values) : undefined;
}

function typesOf(nodes: readonly Readonly<Record<string, unknown>>[]): Set<string> | undefined {
  let types: Set<string> | undefined;
  for (const node of nodes) {
    const said = [node["type"]].flat().filter(isString);
    if (said.length === 0) continue;
    if (node["nullable"] === true) said.push("null");
    if (said.includes("number")) said.push("integer"); // every integer is a number
    types = new Set(types ? said.filter((type) => types?.has(type)) : said);
  }
  return types;
}

function propertiesOf(
  nodes: readonly Readonly<Record<string, unknown>>[],
  merge: MergeSchemas,
): Map<string, unknown> {
  const properties = new Map<string, unknown>();
  for (const node of nodes) {
    for (const [name, schema] of Object.entries(objectOr(node["properties"]))) {
      const known = properties.get(name);
      properties.set(name, known === undefined ? schema : merge(known, schema));
    }
  }
  return properties;
}

function additionalOf(nodes: readonly Readonly<Record<string, unknown>>[]): unknown {
  const said = nodes.flatMap((node) =>
    ["additionalProperties", "unevaluatedProperties"].flatMap((key) =>
      key in node ? [node[key]] : [],
    ),
  );
  return said.includes(false) ? false : said[0];
}

function isString(value: unknown): value is string {
  return typeof value === "string";
}
