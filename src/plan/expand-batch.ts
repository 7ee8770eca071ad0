// The operation that carries out several others as one, as every document with files gets it: `x-batch` says what it
// does, so that the document which is written out means the same again.
import type { OpenApiDocument } from "../openapi/document.js";
import { hasOwn, withFreeNames } from "./expand-uploads.js";
import { fileTakers, securityOfTakers } from "./file-takers.js";

type Node = Readonly<Record<string, unknown>>;

export const batchPathDefault = "/batch";

/**
 * Path Items by path. Undefined where no operation takes files, and where the document has the default path itself.
 * Throws DocumentError where it has another one, which somebody has chosen.
 */
export function batchPaths(document: OpenApiDocument, path: string | undefined): Node | undefined {
  const takers = path === undefined ? [] : fileTakers(document);
  if (path === undefined || takers.length === 0) return undefined;
  const choice = { option: "batch.path", isChosen: path !== batchPathDefault };
  if (hasOwn(document, [path], choice)) return undefined;
  const security = securityOfTakers(document, takers);
  const part = { paths: { [path]: { post: batch } }, schemas: {}, reference: {} };
  return withFreeNames(document, part, security ? { security } : {}).paths;
}

const batch = {
  operationId: "batch",
  summary: "Carry out several requests as one: all of them, or none",
  tags: ["Batch"],
  "x-batch": true,
  requestBody: {
    required: true,
    description:
      "Each part is of `application/http` and holds a whole request that creates, replaces, changes or deletes a resource or a file. " +
      "`$` and the Content-ID of an earlier part stand at the start of a path for what it makes.",
    content: { "multipart/mixed": {} },
  },
  responses: {
    200: {
      description: "The responses, in order",
      content: {
        "multipart/mixed": {},
        "application/json": {
          schema: {
            type: "array",
            items: {
              type: "object",
              required: ["status", "headers"],
              properties: {
                status: { type: "integer" },
                headers: { type: "object" },
                contentId: { type: "string" },
                body: {},
                base64: { type: "string", description: "In place of `body`: what is no text." },
              },
            },
          },
        },
      },
    },
  },
};
