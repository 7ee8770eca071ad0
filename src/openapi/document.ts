// An OpenAPI document: read from text, references followed on demand. Tolerant: only what is asked
// for is looked at, and what is asked for may be anything.
import { readFile } from "node:fs/promises";
import { load as parseYaml, CORE_SCHEMA } from "js-yaml";
import { pathToFileURL } from "node:url";
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

/** Reads a YAML or JSON file. Errors name the file. References may lead to files below its folder. */
export async function readDocument(file: string): Promise<OpenApiDocument> {
  const text = await readFile(file, "utf8").catch((error: NodeJS.ErrnoException) => {
    const why = error.code === "ENOENT" ? "there is no such file" : error.message;
    throw new DocumentError(`Cannot read ${file}: ${why}.`, "", { cause: error });
  });
  return parseDocument(text, { name: file, uri: pathToFileURL(file).href });
}

export interface DocumentSource {
  /** For messages. */
  readonly name?: string;
  /** Base of its references (RFC 3986 §5.1); without one they stay within the document. */
  readonly uri?: string;
}

/** Takes the text of a document, YAML or JSON. */
export function parseDocument(text: string, source: DocumentSource = {}): OpenApiDocument {
  return createDocument(parseText(text, source.name), source);
}

/** Takes a document that is already a value. It must not change afterwards. */
export function createDocument(root: unknown, source: DocumentSource = {}): OpenApiDocument {
  const { name = "the document", uri } = source;
  if (!isObject(root)) throw new DocumentError(`${name} is not an object.`);
  const rules = rulesFor(root["openapi"]);
  if (!rules) {
    const found = root["swagger"] ?? root["openapi"] ?? "no `openapi` field";
    throw new DocumentError(
      `${name} is not an OpenAPI 3.0, 3.1 or 3.2 document: found ${stringOr(found, String(found))}.`,
      "/openapi",
    );
  }
  const index = createResourceIndex(root, { uri, parse: parseText });
  return { root, rules, source, resolve: (node) => resolve(index, node) };
}

function parseText(text: string, name = "the document"): unknown {
  try {
    // JSON.parse is 30 times faster than a YAML parser, and JSON is what large documents come as.
    return /^\s*\{/.test(text) ? parseJsonOrYaml(text) : parseYaml(text, { schema: CORE_SCHEMA });
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new DocumentError(`Cannot parse ${name}: ${why}`, "", { cause: error });
  }
}

function parseJsonOrYaml(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return parseYaml(text, { schema: CORE_SCHEMA }); // YAML's flow style also begins with a brace
  }
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
