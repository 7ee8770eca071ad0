// Documents from text, YAML or JSON, and from files; with them come the files beside them that they refer to.
import { readFileSync, realpathSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { dirname, isAbsolute, relative, sep } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { load as parseYaml, CORE_SCHEMA } from "js-yaml";
import { isObject } from "../base/json.js";
import { DocumentError } from "./document-error.js";
import { createDocument, type DocumentSource, type OpenApiDocument } from "./document.js";
import { refuseUnwritable } from "./refuse-unwritable.js";
import { baseUriOf, restBeside, type KeywordUse, type ReadReference } from "./resource-index.js";

/** Reads a YAML or JSON file. Errors name the file. References may lead to files below its folder. */
export async function readDocument(file: string): Promise<OpenApiDocument> {
  const text = await readFile(file, "utf8").catch((error: NodeJS.ErrnoException) => {
    const why = error.code === "ENOENT" ? "there is no such file" : error.message;
    throw new DocumentError(`Cannot read ${file}: ${why}.`, "", { cause: error });
  });
  const uri = pathToFileURL(file).href;
  const root = parseText(text, file);
  const base = isObject(root) ? baseUriOf(root, uri) : uri;
  const read = besideFile({ uri, base });
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
    return /^\s*\{/.test(text) ? parseJsonOrYaml(text, name) : parseWithAliases(text, name);
  } catch (error) {
    if (error instanceof DocumentError) throw error;
    const why = error instanceof Error ? error.message : String(error);
    throw new DocumentError(`Cannot parse ${name}: ${why}`, "", { cause: error });
  }
}

function parseJsonOrYaml(text: string, name: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return parseWithAliases(text, name); // YAML's flow style also begins with a brace
  }
}

function parseWithAliases(text: string, name: string): unknown {
  const parsed = parseYaml(text, { schema: CORE_SCHEMA });
  refuseUnwritable(parsed, name);
  return parsed;
}

/** Reads what lies below a document's folder. Throws DocumentError. */
export function besideFile(own: Own): ReadReference {
  return (uri) => ({ uri, node: readBeside(own, uri), fetched: false });
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
  const namesNoFile = (cause: unknown): DocumentError =>
    new DocumentError(`The reference to ${uri} names no file.`, "", { cause });
  const folder = realpathSync(dirname(fileURLToPath(own.uri)));
  const path = attempt(() => realpathSync(fileURLToPath(file)), namesNoFile);
  if (!isBelow(folder, path)) {
    throw new DocumentError(
      `The reference to ${uri} leaves the document's folder, which is not allowed.`,
    );
  }
  const text = attempt(() => readFileSync(path, "utf8"), namesNoFile); // nor is a folder one
  return parseText(text, path);
}

function attempt(work: () => string, failed: (cause: unknown) => DocumentError): string {
  try {
    return work();
  } catch (error) {
    throw failed(error);
  }
}

function isBelow(folder: string, path: string): boolean {
  const way = relative(folder, path);
  return way !== "" && way.split(sep)[0] !== ".." && !isAbsolute(way);
}

// `$self` says what the document is called: what lies beside that name lies beside the file too, as its
// author keeps them (OAS 3.2 appendix F.2).
function besideBase({ uri, base }: Own, other: string): string | undefined {
  const rest = base === uri ? undefined : restBeside(base, other);
  return rest !== undefined && URL.canParse(rest, uri) ? new URL(rest, uri).href : undefined;
}
