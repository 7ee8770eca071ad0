// Documents from text, YAML or JSON, and from files; with them come the files beside them that they refer to.
import { readFileSync, realpathSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { dirname, sep } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { load as parseYaml, CORE_SCHEMA } from "js-yaml";
import { isObject } from "../base/json.js";
import { DocumentError } from "./document-error.js";
import { createDocument, type DocumentSource, type OpenApiDocument } from "./document.js";
import { baseUriOf, type KeywordUse, type ReadTree } from "./resource-index.js";

/** Reads a YAML or JSON file. Errors name the file. References may lead to files below its folder. */
export async function readDocument(file: string): Promise<OpenApiDocument> {
  const text = await readFile(file, "utf8").catch((error: NodeJS.ErrnoException) => {
    const why = error.code === "ENOENT" ? "there is no such file" : error.message;
    throw new DocumentError(`Cannot read ${file}: ${why}.`, "", { cause: error });
  });
  const uri = pathToFileURL(file).href;
  const root = parseText(text, file);
  const base = isObject(root) ? baseUriOf(root, uri) : uri;
  const read = (other: string): ReadTree => ({
    uri: other,
    node: readBeside({ uri, base }, other),
  });
  return createDocument(root, { name: file, uri, read, uses: keywordsIn(text) });
}

/** Takes the text of a document, YAML or JSON. */
export function parseDocument(text: string, source: DocumentSource = {}): OpenApiDocument {
  return createDocument(parseText(text, source.name), { uses: keywordsIn(text), ...source });
}

function keywordsIn(text: string): KeywordUse {
  return { ids: text.includes("$id"), dynamic: text.includes("$dynamic") };
}

/** YAML or JSON. Throws DocumentError. */
export function parseText(text: string, name = "the document"): unknown {
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

interface Own {
  readonly uri: string;
  /** What the document calls itself, if it does. */
  readonly base: string;
}

// Files only, and only below the document's folder, links followed: a document may come from anyone.
function readBeside(own: Own, uri: string): unknown {
  const file = uri.startsWith("file:") ? uri : besideBase(own, uri);
  if (file === undefined) {
    throw new DocumentError(
      `The reference to ${uri} leaves the document; nothing is fetched from elsewhere unless it is allowed.`,
    );
  }
  const folder = realpathSync(dirname(fileURLToPath(own.uri)));
  let path: string;
  try {
    path = realpathSync(fileURLToPath(file));
  } catch (error) {
    throw new DocumentError(`The reference to ${uri} names no file.`, "", { cause: error });
  }
  if (!path.startsWith(folder + sep)) {
    throw new DocumentError(
      `The reference to ${uri} leaves the document's folder, which is not allowed.`,
    );
  }
  return parseText(readFileSync(path, "utf8"), path);
}

// `$self` says what the document is called: what lies beside that name lies beside the file too, as its
// author keeps them (OAS 3.2 appendix F.2).
function besideBase({ uri, base }: Own, other: string): string | undefined {
  const folder = new URL(".", base).href;
  const isBeside = base !== uri && other.startsWith(folder);
  return isBeside ? new URL(other.slice(folder.length), uri).href : undefined;
}
