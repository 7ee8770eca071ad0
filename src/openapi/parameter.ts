// Parameter Object (OAS §4.8.12), as far as serving needs it: name, place, schema.
import { objectOr, stringOr } from "../base/json.js";
import type { OpenApiDocument } from "./document.js";

export interface Parameter {
  readonly name: string;
  readonly in: string;
  readonly required: boolean;
  readonly schema: unknown;
  /** Of `content`, which has one entry. */
  readonly mediaType: { readonly key: string; readonly node: unknown } | undefined;
}

export function readParameter(document: OpenApiDocument, node: unknown): Parameter | undefined {
  const parameter = objectOr(document.resolve(node).node);
  const place = stringOr(parameter["in"], undefined);
  // The specification's own example of a query string has no name, and none is needed.
  const name = stringOr(parameter["name"], place === "querystring" ? place : undefined);
  if (name === undefined || place === undefined) return undefined;
  const [content] = Object.entries(objectOr(parameter["content"]));
  const mediaType = content && { key: content[0], node: document.resolve(content[1]).node };
  const schema = parameter["schema"] ?? objectOr(mediaType?.node)["schema"] ?? {};
  return { name, in: place, required: parameter["required"] === true, schema, mediaType };
}
