// The short form written out: each schema with `x-resource` becomes its operations and its schemas.
// What is written in full stays as it is, except that every operation may answer a problem.
import type { EventType } from "../base/event-type.js";
import { isObject, objectOr } from "../base/json.js";
import { DocumentError } from "../openapi/document-error.js";
import { createDocument, type OpenApiDocument } from "../openapi/document.js";
import { methods } from "../openapi/operation.js";
import { createCompiler } from "./compiler.js";
import { batchPaths } from "./expand-batch.js";
import { withExamples } from "./expand-examples.js";
import { resourceOperations } from "./expand-operations.js";
import { resourceSchemas } from "./expand-schemas.js";
import { resourceOf, type Resource } from "./expand-resource.js";
import { urlPart } from "./expand-urls.js";
import { withWebhooks } from "./expand-webhooks.js";
import { uploadPart } from "./expand-uploads.js";

type Node = Record<string, unknown>;

export interface ExpandOptions {
  /** The path of the operations that take bytes before their resource; without it there are none. */
  readonly uploads?: string | undefined;
  /** The path of the operation that carries out several others; without it there is none. */
  readonly batch?: string | undefined;
  /** Files may be named by a URL. */
  readonly urls?: boolean;
  /** The events that webhooks are told of; they stand in the document from OpenAPI 3.1 on. */
  readonly events?: readonly EventType[];
}

/** A new document without `x-resource`; the given one is left as it is. Throws DocumentError. */
export function expandDocument(
  document: OpenApiDocument,
  options: ExpandOptions = {},
): OpenApiDocument {
  const compiler = createCompiler(document);
  const components = objectOr(document.root["components"]);
  const schemas: Node = { ...objectOr(components["schemas"]) };
  const paths: Node = { ...objectOr(document.root["paths"]) };
  const uploads = uploadPart(document, options.uploads);
  const urls = options.urls === true ? urlPart(document) : undefined;
  const named = [uploads, urls].flatMap((part) => (part ? [part.reference] : []));
  const resources: Resource[] = [];
  for (const [name, schema] of Object.entries(schemas)) {
    if (!isObject(schema) || schema["x-resource"] === undefined) continue;
    const resource = resourceOf(compiler, name, schema, named);
    resources.push(resource);
    Object.assign(schemas, resourceSchemas(compiler, resource));
    for (const [path, item] of Object.entries(resourceOperations(resource))) {
      if (path in paths)
        throw new DocumentError(
          `The path ${path} stands in the document and comes from ${name}.`,
          `/components/schemas/${name}`,
        );
      paths[path] = item;
    }
  }
  if (uploads) {
    Object.assign(paths, uploads.paths);
    Object.assign(schemas, uploads.schemas);
  }
  Object.assign(paths, batchPaths(document, options.batch));
  if (urls && resources.some(({ files }) => files.size > 0)) Object.assign(schemas, urls.schemas);
  schemas["FileReference"] ??= fileReferenceOf(document);
  schemas["Problem"] ??= problemSchema;
  const responses = { Problem: problemResponse, ...objectOr(components["responses"]) };
  const { paths: _, components: __, ...head } = document.root;
  const expanded = {
    ...head,
    paths: withProblems(paths),
    components: { ...components, schemas, responses },
  };
  const root = withWebhooks(document, expanded, options.events ?? []);
  const written = createDocument(root, { ...document.source, foreign: document.index.foreign });
  return resources.length > 0 ? withExamples(written, resources) : written;
}

// An operation that says nothing of errors answers problems all the same.
function withProblems(paths: Readonly<Node>): Node {
  const out: Node = {};
  for (const [path, item] of Object.entries(paths)) {
    const own = path.startsWith("/") && isObject(item) && !("$ref" in item);
    out[path] = own ? withProblem(item) : item;
  }
  return out;
}

function withProblem(item: Readonly<Node>): Node {
  const out: Node = { ...item };
  for (const method of methods) {
    const operation = out[method];
    if (!isObject(operation)) continue;
    const responses = {
      default: { $ref: "#/components/responses/Problem" },
      ...objectOr(operation["responses"]),
    };
    out[method] = { ...operation, responses };
  }
  return out;
}

const fileReferenceSchema = {
  type: "object",
  description: "A stored file, as it reads back. Sent unchanged, it keeps the file.",
  required: ["mediaType", "size", "sha256"],
  properties: {
    url: { type: "string", format: "uri", description: "Where the bytes are." },
    mediaType: { type: "string", description: "By the bytes where they tell." },
    size: { type: "integer", minimum: 0, description: "Octets." },
    sha256: { type: "string", pattern: "^[0-9a-f]{64}$" },
    filename: { type: "string", description: "As the client gave it." },
  },
};

const fileExample = {
  url: "https://api.example.com/files/picture",
  mediaType: "image/png",
  size: 69,
  sha256: "2d9a4b0c7f5e1386a4d2c90b1e7f6352d8c4a9b07e1f5d3a6c8b2e4f9071d5a3",
  filename: "picture.png",
};

// The keyword is one of JSON Schema; in OpenAPI 3.0 there is `example` alone.
function fileReferenceOf({ rules }: OpenApiDocument): Node {
  return rules.draftWrightSchema
    ? { ...fileReferenceSchema, example: fileExample }
    : { ...fileReferenceSchema, examples: [fileExample] };
}

const problemSchema = {
  type: "object",
  description: "RFC 9457. All faults of one request are told together.",
  required: ["type", "title", "status"],
  properties: {
    type: { type: "string", format: "uri" },
    title: { type: "string" },
    status: { type: "integer" },
    detail: { type: "string" },
    requestId: { type: "string" },
    errors: {
      type: "array",
      items: {
        type: "object",
        required: ["code", "detail"],
        properties: {
          code: { type: "string", description: "The rule." },
          detail: { type: "string" },
          pointer: { type: "string", description: "JSON Pointer into the request value." },
          offset: { type: "integer", description: "Octet in the body." },
          part: {
            type: "object",
            description: "The part of a multipart body.",
            properties: {
              name: { type: "string" },
              index: { type: "integer" },
              offset: { type: "integer" },
            },
          },
          limit: {
            type: "object",
            properties: { name: { type: "string" }, value: { type: "number" } },
          },
          parameter: { type: "string" },
        },
      },
    },
  },
};

const problemResponse = {
  description: "A problem (RFC 9457)",
  content: { "application/problem+json": { schema: { $ref: "#/components/schemas/Problem" } } },
};
