// The operations that take bytes before the resource that will have them, as every document with files gets
// them: `x-upload` says what each does, so that the document which is written out means the same again.
import { arrayOr, isObject } from "../base/json.js";
import type { OpenApiDocument } from "../openapi/document.js";
import { segmentsOf, shapeOf } from "./path-template.js";

type Node = Record<string, unknown>;

export const uploadPathDefault = "/uploads";

/** Path Items by path; undefined where the document has no files, or operations of its own on these paths. */
export function uploadPaths(document: OpenApiDocument, path: string | undefined): Node | undefined {
  if (path === undefined || !mayHaveFiles(document.root)) return undefined;
  const one = `${path}${path.endsWith("/") ? "" : "/"}{uploadId}`;
  const paths = { [path]: { post: stage(document) }, [one]: item };
  const shapes = new Set(Object.keys(paths).map((each) => shapeOf(segmentsOf(each))));
  const isTaken = Object.keys(document.paths).some((each) => shapes.has(shapeOf(segmentsOf(each))));
  return isTaken ? undefined : paths;
}

/** What says of a schema, or of a body, that it is octets: looked for in the text alone, since compiling costs. */
const formats = new Set(["binary", "byte", "base64", "base64url"]);

function mayHaveFiles(root: unknown): boolean {
  const seen = new Set<unknown>();
  const queue: unknown[] = [root];
  for (let node = queue.pop(); node !== undefined; node = queue.pop()) {
    if (seen.has(node)) continue;
    seen.add(node);
    if (isObject(node)) {
      if (saysFile(node)) return true;
      for (const inner of Object.values(node))
        if (typeof inner === "object") queue.push(inner ?? 0);
    } else queue.push(...arrayOr(node).filter((inner) => typeof inner === "object" && inner));
  }
  return false;
}

function saysFile(node: Readonly<Node>): boolean {
  const { format } = node;
  if (typeof node["contentEncoding"] === "string") return true;
  if (typeof node["contentMediaType"] === "string") return true;
  return (typeof format === "string" && formats.has(format)) || "multipart/form-data" in node;
}

const tags = ["Uploads"];

function stage({ rules }: OpenApiDocument): Node {
  const octets = rules.draftWrightSchema ? { type: "string", format: "binary" } : {};
  const form = { type: "object", minProperties: 1, maxProperties: 1, additionalProperties: octets };
  return {
    operationId: "stageUpload",
    summary: "Upload a file before the resource that will have it",
    tags,
    "x-upload": "stage",
    parameters: [
      bound("operation", "The only operation, by its operationId, that may attach it."),
      bound("property", "The only property that it may be attached to."),
    ],
    requestBody: {
      required: true,
      description: "The file itself, or a form with one part.",
      content: {
        "multipart/form-data": { schema: { ...form, properties: { file: octets } } },
        "application/octet-stream": rules.draftWrightSchema ? { schema: octets } : {},
        "*/*": rules.draftWrightSchema ? { schema: octets } : {},
      },
    },
    responses: {
      201: {
        ...answer("Stored, until it expires", "StagedUpload"),
        headers: { Location: { schema: { type: "string", format: "uri-reference" } } },
      },
    },
  };
}

function bound(name: string, description: string): Node {
  return { name, in: "query", description, schema: { type: "string" } };
}

const item = {
  parameters: [
    { name: "uploadId", in: "path", required: true, schema: { type: "string", format: "uuid" } },
  ],
  get: {
    operationId: "showUpload",
    summary: "What has become of an upload",
    tags,
    "x-upload": "show",
    responses: { 200: answer("The upload, for whoever made it", "Upload") },
  },
  delete: {
    operationId: "abortUpload",
    summary: "Give up an upload",
    tags,
    "x-upload": "abort",
    responses: { 204: { description: "Gone, with its bytes" } },
  },
};

function answer(description: string, schema: string): Node {
  const ref = { $ref: `#/components/schemas/${schema}` };
  return { description, content: { "application/json": { schema: ref } } };
}

const about = {
  expiresAt: { type: "string", format: "date-time" },
  mediaType: { type: "string", description: "By the bytes where they tell." },
  size: { type: "integer", minimum: 0, description: "Octets." },
  sha256: { type: "string", pattern: "^[0-9a-f]{64}$" },
  filename: { type: "string", description: "As the client gave it." },
};
const token = { type: "string", description: "The token; it can be used once." };

export const uploadSchemas: Readonly<Node> = {
  UploadReference: {
    type: "object",
    description:
      "Stands in place of a file whose bytes were uploaded before: in JSON, or as the text of a part without a file name.",
    required: ["upload"],
    properties: { upload: token },
    additionalProperties: false,
  },
  StagedUpload: {
    type: "object",
    required: ["upload", "expiresAt", "mediaType", "size", "sha256"],
    properties: { upload: token, ...about },
  },
  Upload: {
    type: "object",
    required: ["id", "state", "expiresAt"],
    properties: {
      id: { type: "string", format: "uuid" },
      state: {
        type: "string",
        description: "`verified` can be attached.",
        enum: [
          "reserved",
          "receiving",
          "stored",
          "verified",
          "attached",
          "rejected",
          "expired",
          "aborted",
        ],
      },
      ...about,
    },
  },
};
