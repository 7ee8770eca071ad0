// An OpenAPI document that is a value already, its references followed on demand. Tolerant: only what is
// asked for is looked at, and what is asked for may be anything. Knows no files: it works in browsers too.
import { isObject, stringOr } from "../base/json.js";
import { DocumentError } from "./document-error.js";
import { createResourceIndex, type ResourceIndex } from "./resource-index.js";
import { rulesFor, type VersionRules } from "./versions.js";

export interface OpenApiDocument {
  readonly root: Readonly<Record<string, unknown>>;
  readonly rules: VersionRules;
  /** Where it came from; a document made from this one has the same. */
  readonly source: DocumentSource;
  /** Follows a chain of `$ref`s to what it names, with the last reference's pointer. Throws DocumentError. */
  resolve(node: unknown): Resolved;
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
  /** Reads what a reference to another URI names. Throws DocumentError. Without it nothing else is read. */
  readonly read?: (uri: string) => unknown;
}

/** Takes a document that is already a value. It must not change afterwards. */
export function createDocument(root: unknown, source: DocumentSource = {}): OpenApiDocument {
  const { name = "the document", uri, read = readNothing } = source;
  if (!isObject(root)) throw new DocumentError(`${name} is not an object.`);
  const rules = rulesFor(root["openapi"]);
  if (!rules) {
    const found = root["swagger"] ?? root["openapi"] ?? "no `openapi` field";
    throw new DocumentError(
      `${name} is not an OpenAPI 3.0, 3.1 or 3.2 document: found ${stringOr(found, String(found))}.`,
      "/openapi",
    );
  }
  const index = createResourceIndex(root, { uri, read });
  return { root, rules, source, resolve: (node) => resolve(index, node) };
}

function readNothing(uri: string): never {
  throw new DocumentError(
    `The reference to ${uri} leaves the document; nothing is fetched from elsewhere.`,
  );
}

function resolve(index: ResourceIndex, node: unknown): Resolved {
  let found: Resolved = { node };
  const seen = new Set<unknown>();
  while (isObject(found.node) && typeof found.node["$ref"] === "string") {
    const { $ref } = found.node;
    if (seen.has(found.node))
      throw new DocumentError(`The reference ${$ref} leads back to itself.`);
    seen.add(found.node);
    const { node: target, canonical } = index.lookUp($ref, found.node);
    found = { node: target, ref: canonical };
  }
  return found;
}
