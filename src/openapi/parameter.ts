// Parameter Object (OAS §4.8.12), as far as serving needs it: name, place, schema.
import { objectOr, stringOr } from "../base/json.js";
import type { OpenApiDocument } from "./document.js";

export interface Parameter {
  readonly name: string;
  readonly in: string;
  readonly required: boolean;
  readonly schema: unknown;
}

export function readParameter(document: OpenApiDocument, node: unknown): Parameter | undefined {
  const parameter = objectOr(document.resolve(node).node);
  const name = stringOr(parameter["name"], undefined);
  const place = stringOr(parameter["in"], undefined);
  if (name === undefined || place === undefined) return undefined;
  const content = Object.values(objectOr(parameter["content"]))[0];
  const schema = parameter["schema"] ?? objectOr(content)["schema"] ?? {};
  return { name, in: place, required: parameter["required"] === true, schema };
}
