// What an operation does, by REST convention: its method and the shape of its path say it.
import type { Operation } from "../openapi/operation.js";
import { isLiteral, parameterOf, segmentsOf, shapeOf } from "./path-template.js";

/** Collections are named by the shape of their path: `/users/{}/posts`. */
export type Act =
  /** On a collection, e.g. `/things`. */
  | { readonly kind: "create" | "list"; readonly collection: string }
  /** On one resource, e.g. `/things/{id}`. */
  | {
      readonly kind: "retrieve" | "replace" | "patch" | "delete";
      readonly collection: string;
    }
  /** On a file property of one resource, e.g. `/things/{id}/pic`, or on one file of an array there. */
  | {
      readonly kind: "put-file" | "add-file" | "get-file" | "delete-file";
      readonly collection: string;
      readonly property: string;
      /** The last path parameter is the id of one file of an array. */
      readonly oneOfMany: boolean;
    }
  | UploadAct
  /** On several of these, as one: of the server's own, and named by `x-batch`. */
  | { readonly kind: "batch" }
  /** No convention fits; `reason` says why. */
  | { readonly kind: "none"; readonly reason: string };

/** On the bytes that come before their resource: of the server's own, and named by `x-upload`, not by convention. */
export interface UploadAct {
  readonly kind:
    | "stage-upload"
    | "show-upload"
    | "append-upload"
    | "abort-upload"
    | "complete-upload"
    | "send-upload";
}

/** What the conventions need to know beyond method and path, asked only where it matters. */
export interface ActHints {
  /** Is this property of the collection a file (or an array of them)? */
  isFileProperty(collection: string, property: string): boolean;
  isFileArray(collection: string, property: string): boolean;
  /** Does the operation answer a list? */
  answersList(operation: Operation): boolean;
  /** Is there another operation on this path, or on `path/{parameter}`? */
  isCollection(path: string): boolean;
}

const itemActs = { GET: "retrieve", PUT: "replace", PATCH: "patch", DELETE: "delete" } as const;
type FileAct = "put-file" | "add-file" | "get-file" | "delete-file";
const fileActs = {
  GET: "get-file",
  PUT: "put-file",
  POST: "put-file",
  DELETE: "delete-file",
} as const;
const fileArrayActs = { POST: "add-file" } as const;
const oneFileActs = { GET: "get-file", DELETE: "delete-file" } as const;

export function actOf(operation: Operation, hints: ActHints): Act {
  const segments = segmentsOf(operation.path);
  if (operation.method === "POST" && operation.node["x-batch"] === true) return { kind: "batch" };
  return (
    onUpload(operation, segments) ??
    onFile(operation, segments, hints) ??
    onItem(operation, segments) ??
    onCollection(operation, segments, hints)
  );
}

const uploadKinds: Readonly<Record<string, UploadAct["kind"]>> = {
  "POST stage": "stage-upload",
  "GET show": "show-upload",
  "PATCH append": "append-upload",
  "DELETE abort": "abort-upload",
  "POST complete": "complete-upload",
  "PUT send": "send-upload",
};
/** Below the path of one. */
const belowOne = new Set<string>(["complete-upload", "send-upload"]);

function onUpload({ method, node }: Operation, segments: readonly string[]): UploadAct | undefined {
  const kind = uploadKinds[`${method} ${String(node["x-upload"])}`];
  if (!kind) return undefined;
  const isOne = parameterOf(segments.at(belowOne.has(kind) ? -2 : -1)) !== undefined;
  return isOne === (kind !== "stage-upload") ? { kind } : undefined;
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
  const collection = shapeOf(path.slice(0, -2));
  if (!hints.isFileProperty(collection, property)) return undefined;
  const many = hints.isFileArray(collection, property);
  const oneOfMany = fileParameter !== undefined;
  const kind = fileActOf(method, many, oneOfMany);
  return kind && { kind, collection, property, oneOfMany };
}

function fileActOf(method: string, many: boolean, oneOfMany: boolean): FileAct | undefined {
  const acts: Readonly<Record<string, FileAct>> = oneOfMany
    ? oneFileActs
    : many
      ? fileArrayActs
      : fileActs;
  return oneOfMany && !many ? undefined : acts[method];
}

function onItem({ method }: Operation, segments: readonly string[]): Act | undefined {
  if (parameterOf(segments.at(-1)) === undefined) return undefined;
  const collection = shapeOf(segments.slice(0, -1));
  if (!isLiteral(segments.at(-2)))
    return none(`${collection} is no collection: it does not end in a name`);
  if (!isKey(itemActs, method))
    return none(`${method} on one resource has no meaning by convention`);
  return { kind: itemActs[method], collection };
}

function onCollection(operation: Operation, segments: readonly string[], hints: ActHints): Act {
  const collection = shapeOf(segments);
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
