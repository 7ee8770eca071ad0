// What stands in a body in place of a file that is elsewhere, as the short form describes it where URLs are allowed.
import { objectOr } from "../base/json.js";
import type { OpenApiDocument } from "../openapi/document.js";
import { freeName } from "./expand-uploads.js";

type Node = Readonly<Record<string, unknown>>;

export interface UrlPart {
  /** By a name that the document does not have. */
  readonly schemas: Node;
  /** To the schema of what stands in place of a file. */
  readonly reference: Node;
}

export function urlPart({ root }: OpenApiDocument): UrlPart {
  const known = objectOr(objectOr(root["components"])["schemas"]);
  const name = freeName("FileUrl", (each) => Object.hasOwn(known, each));
  return {
    schemas: { [name]: fileUrl },
    reference: { $ref: `#/components/schemas/${name}` },
  };
}

const fileUrl = {
  type: "object",
  description:
    "Stands in place of a file that is elsewhere, and is fetched from there: in JSON, or as the text of a part without a file name.",
  required: ["url"],
  properties: {
    url: { type: "string", format: "uri", description: "From where the server allows it." },
  },
  additionalProperties: false,
};
