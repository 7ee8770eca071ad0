// Which operations of a document take files, and from whom: looked for in the text alone, as compiling costs.
import { arrayOr, isObject, objectOr } from "../base/json.js";
import { isJson, parseMediaType } from "../base/media-type.js";
import { DocumentError } from "../openapi/document-error.js";
import type { OpenApiDocument } from "../openapi/document.js";
import { methods } from "../openapi/operation.js";
import { isBinaryType } from "./file-plan.js";

type Node = Readonly<Record<string, unknown>>;

/** What an operation that takes files says of `security` (OAS §4.8.30); undefined where it says nothing. */
export type FileTaker = readonly unknown[] | undefined;

export function fileTakers(document: OpenApiDocument): FileTaker[] {
  const takesFile = createSearch(document);
  const schemas = Object.values(objectOr(objectOr(document.root["components"])["schemas"]));
  const short = schemas.filter((each) => isObject(each) && "x-resource" in each);
  const written = operationsOf(document).filter(({ requestBody }) => takesFile(requestBody));
  return [
    ...short.filter(takesFile).map(() => undefined),
    ...written.map(({ security }) => (Array.isArray(security) ? security : undefined)),
  ];
}

/**
 * Who may send bytes before their resource: whoever may send a file to one of these. Where one of them is open to all,
 * so are they, yet who says who they are is known. Undefined where the document's own `security` says it.
 */
export function securityOfTakers(
  { root }: OpenApiDocument,
  takers: readonly FileTaker[],
): readonly unknown[] | undefined {
  const general = arrayOr(root["security"]);
  if (!isOpen(general)) return undefined;
  const alternatives = takers.flatMap((each = general) => each).filter((each) => !isOpen([each]));
  if (alternatives.length === 0) return undefined;
  const open = takers.some((each = general) => isOpen(each)) ? [{}] : [];
  return [...new Map(alternatives.map((each) => [JSON.stringify(each), each])).values(), ...open];
}

function isOpen(security: readonly unknown[]): boolean {
  const needs = security.filter(isObject).map((each) => Object.keys(each).length);
  return needs.length === 0 || needs.includes(0); // `{}` makes it optional
}

function operationsOf(document: OpenApiDocument): Node[] {
  const items = Object.values(objectOr(document.root["paths"])).map((item) =>
    objectOr(follow(document, item)),
  );
  return items.flatMap((item) => methods.map((method) => objectOr(item[method])));
}

/** Whether a Request Body or a schema says of anything in it that it is octets. */
function createSearch(document: OpenApiDocument): (start: unknown) => boolean {
  const without = new Set<object>();
  return (start) => {
    const seen = new Set<object>();
    const queue = [start];
    while (queue.length > 0) {
      const node = queue.pop();
      if (typeof node !== "object" || node === null || seen.has(node) || without.has(node))
        continue;
      if (isObject(node) && saysFile(node)) return true;
      seen.add(node);
      queue.push(follow(document, node), ...Object.values(node));
    }
    for (const node of seen) without.add(node);
    return false;
  };
}

/** What the node refers to, itself where that is nothing. */
function follow({ index }: OpenApiDocument, node: unknown): unknown {
  if (!isObject(node) || typeof node["$ref"] !== "string") return node;
  try {
    return index.lookUp(node["$ref"], node).node;
  } catch (error) {
    if (!(error instanceof DocumentError)) throw error;
    return node; // told when the operation is asked for
  }
}

const formats = new Set<unknown>(["binary", "byte", "base64", "base64url"]);

function saysFile(node: Node): boolean {
  if (typeof node["contentEncoding"] === "string") return true;
  if (typeof node["contentMediaType"] === "string") return true;
  return formats.has(node["format"]) || Object.entries(objectOr(node["content"])).some(isFileBody);
}

// A body without a schema is octets, unless it is JSON.
function isFileBody([key, media]: [string, unknown]): boolean {
  const type = parseMediaType(key);
  if (!type || !isObject(media)) return false;
  const isEmpty = Object.keys(media).length === 0;
  return (isEmpty && !isJson(type)) || (!key.includes("*") && isBinaryType(key));
}
