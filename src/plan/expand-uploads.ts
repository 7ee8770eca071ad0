// The operations that take bytes before the resource that will have them, as every document with files gets
// them: `x-upload` says what each does, so that the document which is written out means the same again.
import { isObject, objectOr, stringOr } from "../base/json.js";
import { DocumentError } from "../openapi/document-error.js";
import type { OpenApiDocument } from "../openapi/document.js";
import { listOperations } from "../openapi/operation.js";
import { directPaths, directRequest, directSchemas, stagedResponse } from "./expand-direct.js";
import { fileTakers, securityOfTakers } from "./file-takers.js";
import { isLiteral, segmentsOf } from "./path-template.js";

type Node = Record<string, unknown>;

export const uploadPathDefault = "/uploads";

/** What a document gets with them. */
export interface UploadPart {
  /** Path Items by path. */
  readonly paths: Readonly<Node>;
  /** By names that the document does not have. */
  readonly schemas: Readonly<Node>;
  /** To the schema of what stands in place of a file. */
  readonly reference: Readonly<Node>;
}

/**
 * Undefined where no operation takes files, and where the document has operations of its own on the default path.
 * Throws DocumentError where it has them on another one, which somebody has chosen.
 */
export function uploadPart(
  document: OpenApiDocument,
  path: string | undefined,
): UploadPart | undefined {
  const takers = path === undefined ? [] : fileTakers(document);
  if (path === undefined || takers.length === 0) return undefined;
  const one = `${path}${path.endsWith("/") ? "" : "/"}{uploadId}`;
  const choice = { option: "uploads.path", isChosen: path !== uploadPathDefault };
  if (hasOwn(document, [path, one], choice)) return undefined;
  const below = directPaths(one, octetsOf(document), tags);
  // Without them everything comes by requests to the server.
  const isDirect = !hasOwn(document, Object.keys(below), choice);
  const paths = {
    [path]: { post: stage(document, isDirect) },
    [one]: { ...item, patch: append(document) },
    ...(isDirect ? below : {}),
  };
  const security = securityOfTakers(document, takers);
  const schemas = { ...(isDirect ? directSchemas : {}), ...uploadSchemas };
  const part = { paths, schemas, reference: uploadReference };
  return withFreeNames(document, part, security ? { security } : {});
}

/**
 * Has the document these paths itself? Throws DocumentError where somebody has chosen them for others, by `option`;
 * what a document has because it was written out with them is meant.
 */
export function hasOwn(
  document: OpenApiDocument,
  paths: readonly string[],
  { option, isChosen }: { readonly option: string; readonly isChosen: boolean },
): boolean {
  const owner = ownPaths(document).find((own) =>
    paths.some((each) => hides(segmentsOf(each), segmentsOf(own))),
  );
  if (owner === undefined || !isChosen || isWrittenOut(document, owner)) return owner !== undefined;
  const detail = `${option} must be another path: the document has ${owner} itself.`;
  throw new DocumentError(detail, "/paths");
}

function isWrittenOut({ paths }: OpenApiDocument, path: string): boolean {
  const operations = Object.values(objectOr(paths[path])).filter(isObject);
  return operations.some((each) => "x-upload" in each || "x-batch" in each);
}

function ownPaths({ paths, root }: OpenApiDocument): string[] {
  const short = Object.values(objectOr(objectOr(root["components"])["schemas"])).flatMap(
    (schema) => stringOr(objectOr(schema)["x-resource"], undefined) ?? [],
  );
  return [...Object.keys(paths), ...short.flatMap((each) => [each, `${each}/{id}`])];
}

// Concrete paths come before templates that match them too (OAS Paths Object), whatever their methods.
function hides(path: readonly string[], template: readonly string[]): boolean {
  const isSame = (segment: string, i: number): boolean =>
    !isLiteral(segment) || segment === path[i];
  return path.length === template.length && template.every(isSame);
}

/** The same, under other names than the document's own; `more` goes into each operation. */
export function withFreeNames(document: OpenApiDocument, part: UploadPart, more: Node): UploadPart {
  const schemas = objectOr(objectOr(document.root["components"])["schemas"]);
  const ids = new Set(listOperations(document).map(({ operationId }) => operationId));
  const nameOf = (name: string): string => freeName(name, (each) => Object.hasOwn(schemas, each));
  const renamed = <Value>(node: Value): Value =>
    JSON.parse(
      JSON.stringify(node, (key, each: unknown) => {
        if (key === "$ref") return prefix + nameOf(String(each).slice(prefix.length));
        if (!isObject(each) || typeof each["operationId"] !== "string") return each;
        const operationId = freeName(each["operationId"], (id) => ids.has(id));
        return { ...more, ...each, operationId };
      }),
    ) as Value;
  const named = Object.entries(part.schemas).map(([name, schema]) => [nameOf(name), schema]);
  return { ...renamed(part), schemas: Object.fromEntries(named) as Node };
}

export function freeName(wanted: string, isTaken: (name: string) => boolean): string {
  let name = wanted;
  for (let count = 2; isTaken(name); count++) name = `${wanted}${count}`;
  return name;
}

const prefix = "#/components/schemas/";
const uploadReference = { $ref: `${prefix}UploadReference` };

const tags = ["Uploads"];

function octetsOf({ rules }: OpenApiDocument): Node {
  return rules.draftWrightSchema ? { schema: { type: "string", format: "binary" } } : {};
}

function stage({ rules }: OpenApiDocument, isDirect: boolean): Node {
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
      description: `The file itself, or a form with one part${isDirect ? "; as JSON, what will be sent by itself" : ""}.`,
      content: {
        "multipart/form-data": { schema: { ...form, properties: { file: octets } } },
        ...(isDirect ? { "application/json": directRequest } : {}),
        "application/octet-stream": rules.draftWrightSchema ? { schema: octets } : {},
        "*/*": rules.draftWrightSchema ? { schema: octets } : {},
      },
    },
    responses: {
      201: {
        ...answer("Stored, until it expires", "StagedUpload"),
        ...(isDirect ? stagedResponse : {}),
        headers: { Location: { schema: { type: "string", format: "uri-reference" } } },
      },
    },
  };
}

function bound(name: string, description: string): Node {
  return { name, in: "query", description, schema: { type: "string" } };
}

const offset = { type: "integer", minimum: 0 };

// PATCH is of tus 1.0 and the IETF's resumable uploads, and so are HEAD of the one path and much of POST of the other.
function append(document: OpenApiDocument): Node {
  const octets = octetsOf(document);
  return {
    operationId: "appendUpload",
    summary: "Go on with an upload in several requests (tus 1.0, or resumable uploads of the IETF)",
    tags,
    "x-upload": "append",
    parameters: [
      {
        name: "Tus-Resumable",
        in: "header",
        description: "Of tus alone.",
        schema: { type: "string", enum: ["1.0.0"] },
      },
      { name: "Upload-Offset", in: "header", required: true, schema: offset },
      {
        name: "Upload-Complete",
        in: "header",
        description: "Of the IETF's alone: is it the last of it?",
        schema: { type: "string", enum: ["?0", "?1"] },
      },
    ],
    requestBody: {
      required: true,
      content: { "application/offset+octet-stream": octets, "application/partial-upload": octets },
    },
    responses: {
      204: {
        description: "Stored up to the offset",
        headers: { "Upload-Offset": { schema: offset } },
      },
    },
  };
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
  const ref = { $ref: prefix + schema };
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

const uploadSchemas: Readonly<Node> = {
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
      offset: { type: "integer", minimum: 0, description: "Octets that are there." },
      ...about,
    },
  },
};
