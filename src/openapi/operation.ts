// Path Item Object and Operation Object (OAS §4.8.9, §4.8.10): what a document offers, in its order.
import { arrayOr, isObject, objectOr, stringOr } from "../base/json.js";
import { formatPointer } from "../base/pointer.js";
import { DocumentError } from "./document-error.js";
import type { OpenApiDocument } from "./document.js";
import { readParameter, type Parameter } from "./parameter.js";

export const methods = [
  "get",
  "put",
  "post",
  "delete",
  "options",
  "head",
  "patch",
  "trace",
] as const;

export interface Operation {
  /** Upper-case. */
  readonly method: string;
  /** The template as the document has it, e.g. `/pets/{petId}`. */
  readonly path: string;
  /** The document's `operationId`, else `METHOD /path`. */
  readonly operationId: string;
  readonly summary: string | undefined;
  readonly node: Readonly<Record<string, unknown>>;
  /** JSON Pointer of the Operation Object. */
  readonly pointer: string;
  /** Those of the path item, overridden by the operation's own (by name and location). */
  readonly parameters: readonly Parameter[];
  /** What keeps it from being read as the document means it: a reference of its own that names nothing. */
  readonly trouble: string | undefined;
}

/** Every operation of `paths`, path by path. Path items and operations that are no objects are passed over. */
export function listOperations(document: OpenApiDocument): Operation[] {
  const operations: Operation[] = [];
  for (const [path, item] of Object.entries(document.paths)) {
    if (!path.startsWith("/")) continue;
    const { value, trouble } = attempt(() => objectOr(document.resolve(item).node), objectOr(item));
    const pathItem = trouble === undefined ? value : withUsualMethods(value);
    for (const method of methods) {
      const node = pathItem[method];
      if (!isObject(node)) continue;
      const read = readOperation(document, path, method, pathItem, node);
      operations.push(trouble === undefined ? read : { ...read, trouble });
    }
  }
  return operations;
}

// Nobody knows what the path item that is missing would offer: the usual methods, to say so to each.
function withUsualMethods(pathItem: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return { get: {}, put: {}, post: {}, delete: {}, patch: {}, ...pathItem };
}

/** The value, or what stands for it and what is wrong. */
function attempt<Value>(
  read: () => Value,
  otherwise: Value,
): { value: Value; trouble: string | undefined } {
  try {
    return { value: read(), trouble: undefined };
  } catch (error) {
    if (!(error instanceof DocumentError)) throw error;
    return { value: otherwise, trouble: error.message };
  }
}

function readOperation(
  document: OpenApiDocument,
  path: string,
  method: string,
  pathItem: Readonly<Record<string, unknown>>,
  node: Readonly<Record<string, unknown>>,
): Operation {
  const upper = method.toUpperCase();
  const lists = [pathItem["parameters"], node["parameters"]];
  const { value: parameters, trouble } = attempt(() => mergeParameters(document, lists), []);
  return {
    method: upper,
    path,
    operationId: stringOr(node["operationId"], `${upper} ${path}`),
    summary: stringOr(node["summary"], undefined),
    node,
    pointer: formatPointer(["paths", path, method]),
    parameters,
    trouble,
  };
}

function mergeParameters(document: OpenApiDocument, lists: readonly unknown[]): Parameter[] {
  const merged = new Map<string, Parameter>();
  for (const node of lists.flatMap(arrayOr)) {
    const parameter = readParameter(document, node);
    if (parameter) merged.set(`${parameter.in} ${parameter.name}`, parameter);
  }
  return [...merged.values()];
}
