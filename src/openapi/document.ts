// An OpenAPI document that is a value already, its references followed on demand. Tolerant: only what is
// asked for is looked at, and what is asked for may be anything. Knows no files: it works in browsers too.
import { isObject, objectOr, stringOr } from "../base/json.js";
import { DocumentError } from "./document-error.js";
import { createDynamicScopes, type DynamicScopes } from "./dynamic-scope.js";
import {
  createResourceIndex,
  type KeywordUse,
  type ReadReference,
  type ResourceIndex,
} from "./resource-index.js";
import { refuseUnwritable } from "./refuse-unwritable.js";
import { rulesFor, type VersionRules } from "./versions.js";

export interface OpenApiDocument {
  readonly root: Readonly<Record<string, unknown>>;
  /** Its Path Items, in which `$dynamicRef`s are settled: what operations are compiled from. */
  readonly paths: Readonly<Record<string, unknown>>;
  readonly rules: VersionRules;
  /** Where it came from; a document made from this one has the same. */
  readonly source: DocumentSource;
  /** Follows a chain of `$ref`s to what it names, with the last reference's pointer. Throws DocumentError. */
  resolve(node: unknown): Resolved;
  /** The same, one step only: in schemas what stands beside a `$ref` counts, from 3.1 on. */
  follow(node: Readonly<Record<string, unknown>>): Resolved;
  /** What its references lead to, as written: `$dynamicRef`s are not settled there. */
  readonly index: ResourceIndex;
}

export interface Resolved {
  readonly node: unknown;
  /** What led here, if anything, the same for all ways that lead here: `#/components/schemas/Pet`. */
  readonly ref?: string;
}

export interface DocumentSource {
  /** For messages. */
  readonly name?: string;
  /** Base of its references (RFC 3986 §5.1); without one they stay within the document. */
  readonly uri?: string;
  /** Reads what a reference to another URI names. Without it nothing else is read. */
  readonly read?: ReadReference;
  /** Which of its nodes were taken over from other documents, and stand for what they did there. */
  readonly foreign?: ResourceIndex["foreign"];
  /** What of JSON Schema it makes use of; looked for when not given. */
  readonly uses?: KeywordUse;
}

/** Takes a document that is already a value. It must not change afterwards. */
export function createDocument(root: unknown, given: DocumentSource = {}): OpenApiDocument {
  const { name = "the document", uri, read = readNothing } = given;
  if (!isObject(root)) throw new DocumentError(`${name} is not an object.`);
  if (!given.uses) refuseUnwritable(root, name); // a value, of which nobody has read the text
  const rules = rulesFor(root["openapi"]);
  if (!rules) {
    const found = root["swagger"] ?? root["openapi"] ?? "no `openapi` field";
    throw new DocumentError(
      `${name} is not an OpenAPI 3.0, 3.1 or 3.2 document: found ${stringOr(found, String(found))}.`,
      "/openapi",
    );
  }
  const source = { ...given, uses: given.uses ?? keywordUse(root) };
  const index = createResourceIndex(root, { uri, read, uses: source.uses, foreign: given.foreign });
  const references = { index, scopes: createDynamicScopes(index) };
  const paths = objectOr(root["paths"]);
  return {
    root,
    paths: source.uses.dynamic ? objectOr(references.scopes.bind(paths)) : paths,
    rules,
    source,
    resolve: (node) => resolve(references, node),
    follow(node) {
      resolve(references, node); // leads to an end
      return step(references, node, stringOr(node["$ref"], ""));
    },
    index,
  };
}

function keywordUse(root: object): KeywordUse {
  let ids = false;
  let dynamic = false;
  const seen = new Set<object>([root]);
  for (const node of seen) {
    ids ||= "$id" in node;
    dynamic ||= "$dynamicRef" in node || "$dynamicAnchor" in node;
    for (const inner of Object.values(node))
      if (typeof inner === "object" && inner !== null) seen.add(inner);
  }
  return { ids, dynamic };
}

function readNothing(uri: string): never {
  throw new DocumentError(
    `The reference to ${uri} leaves the document; nothing is fetched from elsewhere unless it is allowed.`,
  );
}

interface References {
  readonly index: ResourceIndex;
  readonly scopes: DynamicScopes;
}

function resolve(references: References, node: unknown): Resolved {
  let found: Resolved = { node };
  const seen = new Set<unknown>();
  while (isObject(found.node) && typeof found.node["$ref"] === "string") {
    const ref = found.node["$ref"];
    if (seen.has(found.node)) throw new DocumentError(`The reference ${ref} leads back to itself.`);
    seen.add(found.node);
    found = step(references, found.node, ref);
  }
  return found;
}

function step({ index, scopes }: References, holder: object, ref: string): Resolved {
  const origin = scopes.originOf(holder);
  const { node, canonical, dynamic } = index.lookUp(ref, origin);
  const isBound = dynamic || origin !== holder;
  return { node: isBound ? scopes.bind(node, holder) : node, ref: canonical };
}
