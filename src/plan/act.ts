// What an operation does, by REST convention: its method and the shape of its path say it.
import type { OpenApiDocument } from "../openapi/document.js";
import type { Operation } from "../openapi/operation.js";
import { isLiteral, joinSegments, parameterOf, segmentsOf } from "./path-template.js";

export type Act =
  /** On a collection, e.g. `/things`. */
  | { readonly kind: "create" | "list"; readonly collection: string }
  /** On one resource, e.g. `/things/{id}`. */
  | {
      readonly kind: "retrieve" | "replace" | "patch" | "delete";
      readonly collection: string;
      readonly idParameter: string;
    }
  /** On a file property of one resource, e.g. `/things/{id}/pic`, or on one file of an array there. */
  | {
      readonly kind: "put-file" | "add-file" | "get-file" | "delete-file";
      readonly collection: string;
      readonly idParameter: string;
      readonly property: string;
      readonly fileParameter?: string;
    }
  /** No convention fits; `reason` says why. */
  | { readonly kind: "none"; readonly reason: string };

/** What the conventions need to know beyond method and path, asked only where it matters. */
export interface ActHints {
  readonly document: OpenApiDocument;
  /** Is this property of the collection a file (or an array of them)? */
  isFileProperty(collection: string, property: string): boolean;
  isFileArray(collection: string, property: string): boolean;
  /** Does the operation answer a list? */
  answersList(operation: Operation): boolean;
  /** Is there another operation on this path, or on `path/{parameter}`? */
  isCollection(path: string): boolean;
}

const itemActs = { GET: "retrieve", PUT: "replace", PATCH: "patch", DELETE: "delete" } as const;
const fileActs = {
  GET: "get-file",
  PUT: "put-file",
  POST: "put-file",
  DELETE: "delete-file",
} as const;

export function actOf(operation: Operation, hints: ActHints): Act {
  const segments = segmentsOf(operation.path);
  return (
    onFile(operation, segments, hints) ??
    onItem(operation, segments) ??
    onCollection(operation, segments, hints)
  );
}

function onFile(
  { method }: Operation,
  segments: readonly string[],
  hints: ActHints,
): Act | undefined {
  const fileParameter = parameterOf(segments.at(-1));
  const path = fileParameter === undefined ? segments : segments.slice(0, -1);
  const property = path.at(-1);
  const idParameter = parameterOf(path.at(-2));
  if (!isLiteral(property) || idParameter === undefined || !isLiteral(path.at(-3)))
    return undefined;
  const collection = joinSegments(path.slice(0, -2));
  if (!hints.isFileProperty(collection, property)) return undefined;
  const place = { collection, idParameter, property };
  const many = hints.isFileArray(collection, property);
  if (fileParameter !== undefined) {
    const one = method === "GET" ? "get-file" : method === "DELETE" ? "delete-file" : undefined;
    return one && many ? { kind: one, ...place, fileParameter } : undefined;
  }
  if (many) return method === "POST" ? { kind: "add-file", ...place } : undefined;
  const kind = isKey(fileActs, method) ? fileActs[method] : undefined;
  return kind && { kind, ...place };
}

function onItem({ method }: Operation, segments: readonly string[]): Act | undefined {
  const idParameter = parameterOf(segments.at(-1));
  if (idParameter === undefined) return undefined;
  const collection = joinSegments(segments.slice(0, -1));
  if (!isLiteral(segments.at(-2)))
    return none(`${collection} is no collection: it does not end in a name`);
  if (!isKey(itemActs, method))
    return none(`${method} on one resource has no meaning by convention`);
  return { kind: itemActs[method], collection, idParameter };
}

function onCollection(operation: Operation, segments: readonly string[], hints: ActHints): Act {
  const collection = joinSegments(segments);
  if (!isLiteral(segments.at(-1)))
    return none("its path does not end in a name or in one parameter");
  if (operation.method === "POST") {
    const body = operation.node["requestBody"] !== undefined;
    return body ? { kind: "create", collection } : none("a create needs a request body");
  }
  if (operation.method !== "GET")
    return none(`${operation.method} on a collection has no meaning by convention`);
  const lists = hints.answersList(operation) || hints.isCollection(collection);
  return lists
    ? { kind: "list", collection }
    : none("it answers no list, and nothing is created there");
}

function none(reason: string): Act {
  return { kind: "none", reason };
}

function isKey<Table extends object>(table: Table, key: PropertyKey): key is keyof Table {
  return Object.hasOwn(table, key);
}
