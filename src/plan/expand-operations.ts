// The operations of a resource, in every upload style.
import { covers, parseMediaTypes } from "../base/media-type.js";
import { encodedFile } from "./expand-schemas.js";
import { pascal, type Resource, type ResourceFile } from "./expand-resource.js";

type Node = Record<string, unknown>;

/** Path Items by path. */
export function resourceOperations(resource: Resource): Node {
  const paths: Node = {
    [resource.path]: { get: listOperation(resource), post: createOperation(resource) },
    [resource.itemPath]: {
      parameters: [idParameter(resource)],
      get: operation(resource, `retrieve${resource.name}`, "Retrieve", {
        responses: { 200: shownOrDraft(resource) },
      }),
      put: writeOperation(resource, `replace${resource.name}`, "Replace", {
        content: wholeContent(resource),
        response: shown(resource),
      }),
      patch: writeOperation(resource, `update${resource.name}`, "Update", {
        content: patchContent(resource),
        response: shownOrDraft(resource),
      }),
      delete: operation(resource, `delete${resource.name}`, "Delete", {
        responses: { 204: { description: "Deleted, with its files" } },
      }),
    },
  };
  for (const [property, file] of resource.files)
    Object.assign(paths, filePaths(resource, property, file));
  return paths;
}

function operation(
  { name, plural }: Resource,
  operationId: string,
  verb: string,
  rest: Node,
): Node {
  return {
    operationId,
    summary: `${verb} ${/^[AEIOU]/.test(name) ? "an" : "a"} ${name}`,
    tags: [plural],
    ...rest,
  };
}

function listOperation(resource: Resource): Node {
  const filters = [...resource.view.properties].filter(
    ([name, schema]) => !resource.files.has(name) && isScalar(schema) && !isWriteOnly(schema),
  );
  return {
    operationId: `list${resource.plural}`,
    summary: `List ${resource.plural}`,
    tags: [resource.plural],
    parameters: [
      query("page", { type: "integer", minimum: 1, default: 1 }, "Page, from 1."),
      query(
        "page_size",
        { type: "integer", minimum: 1, maximum: 1000, default: 50 },
        "Resources on a page.",
      ),
      query(
        "ordering",
        { type: "string" },
        "Property names, separated by commas; `-` before one reverses it.",
      ),
      ...filters.map(([name, schema]) => query(name, schema, `Only those whose ${name} is this.`)),
    ],
    responses: { 200: json("A page of them", `${resource.name}List`) },
  };
}

function query(name: string, schema: unknown, description: string): Node {
  return { name, in: "query", description, schema };
}

function isScalar(schema: unknown): boolean {
  const type = (schema as Node | undefined)?.["type"];
  return typeof type === "string" && type !== "object" && type !== "array";
}

// A filter would tell what is never shown, guess by guess.
function isWriteOnly(schema: unknown): boolean {
  return (schema as Node | undefined)?.["writeOnly"] === true;
}

function createOperation(resource: Resource): Node {
  const location = {
    description: "Where the new resource is.",
    schema: { type: "string", format: "uri-reference" },
  };
  const response = shownOrDraft(resource);
  return operation(resource, `create${resource.name}`, "Create", {
    ...draftDescription(resource),
    parameters: [idempotencyKey],
    requestBody: { required: true, content: wholeContent(resource) },
    responses: { 201: { ...response, headers: { ...response.headers, Location: location } } },
  });
}

function writeOperation(
  resource: Resource,
  operationId: string,
  verb: string,
  { content, response }: { content: Node; response: Node },
): Node {
  return operation(resource, operationId, verb, {
    parameters: [ifMatch],
    requestBody: { required: true, content },
    responses: { 200: response },
  });
}

function wholeContent({ name, files }: Resource): Node {
  const input = media(`${name}Input`);
  return {
    "application/json": input,
    "multipart/form-data": media(`${name}${files.size > 0 ? "Form" : "Input"}`),
    "application/x-www-form-urlencoded": input,
  };
}

function patchContent({ name, files }: Resource): Node {
  const patch = media(`${name}Patch`);
  return {
    "application/merge-patch+json": patch,
    "application/json": patch,
    "multipart/form-data": media(`${name}${files.size > 0 ? "FormPatch" : "Patch"}`),
    "application/x-www-form-urlencoded": patch,
  };
}

function filePaths(resource: Resource, property: string, file: ResourceFile): Node {
  return file.many
    ? fileArrayPaths(resource, property, file)
    : { [file.path]: fileItem(resource, property, file) };
}

function fileItem(resource: Resource, property: string, file: ResourceFile): Node {
  const id = `${resource.name}${pascal(property)}`;
  const what = `the ${property} of`;
  const remove = { responses: { 204: { description: "Deleted" } } };
  return {
    parameters: [idParameter(resource)],
    get: operation(resource, `get${id}`, `Get ${what}`, { responses: { 200: octets(file) } }),
    put: operation(resource, `put${id}`, `Put ${what}`, {
      parameters: [ifMatch],
      requestBody: { required: true, content: fileContent(resource, property, file) },
      responses: { 200: afterFile(resource, property), 201: afterFile(resource, property) },
    }),
    ...(file.required
      ? {}
      : { delete: operation(resource, `delete${id}`, `Delete ${what}`, remove) }),
  };
}

function fileArrayPaths(resource: Resource, property: string, file: ResourceFile): Node {
  const id = `${resource.name}${pascal(property)}`;
  const slash = file.path.endsWith("/") ? "/" : "";
  const one = `${file.path}${slash === "" ? "/" : ""}{fileId}${slash}`;
  const fileId = {
    name: "fileId",
    in: "path",
    required: true,
    schema: { type: "string", format: "uuid" },
  };
  return {
    [file.path]: {
      parameters: [idParameter(resource)],
      post: operation(resource, `add${id}`, `Add to the ${property} of`, {
        parameters: [ifMatch],
        requestBody: { required: true, content: fileContent(resource, property, file) },
        responses: { 201: afterFile(resource, property) },
      }),
    },
    [one]: {
      parameters: [idParameter(resource), fileId],
      get: operation(resource, `get${id}`, `Get one of the ${property} of`, {
        responses: { 200: octets(file) },
      }),
      delete: operation(resource, `delete${id}`, `Delete one of the ${property} of`, {
        responses: { 204: { description: "Deleted" } },
      }),
    },
  };
}

/** As a form with this one part, or as the body itself. */
function fileContent({ named }: Resource, property: string, file: ResourceFile): Node {
  const contentMediaType = file.contentMediaType ?? "application/octet-stream";
  const { maxLength, fileUrl } = file;
  const one = {
    contentMediaType,
    ...(maxLength === undefined ? {} : { maxLength }),
    ...(fileUrl === undefined ? {} : { "x-file-url": fileUrl }),
  };
  const schema = {
    type: "object",
    required: [property],
    properties: { [property]: file.many ? { type: "array", items: one } : one },
    additionalProperties: false,
  };
  const types = contentMediaType.split(",").map((type) => type.trim());
  const raw = [...new Set([...types, "application/octet-stream"])];
  return {
    "multipart/form-data": { schema },
    ...Object.fromEntries(raw.map((type) => [type, { schema: one }])),
    ...(named.length > 0 && !types.some(coversJson)
      ? { "application/json": { schema: { anyOf: [encodedFile(file), ...named] } } }
      : {}),
  };
}

// There JSON is the file itself.
function coversJson(type: string): boolean {
  return parseMediaTypes(type).some((range) =>
    parseMediaTypes("application/json").some((json) => covers(range, json)),
  );
}

function octets({ contentMediaType = "application/octet-stream" }: ResourceFile): Node {
  const types = contentMediaType.split(",").map((type) => type.trim());
  const headers = {
    ...etagHeader,
    "Accept-Ranges": { schema: { type: "string" } },
    "Content-Disposition": { schema: { type: "string" } },
  };
  return {
    description: "The bytes",
    headers,
    content: Object.fromEntries(types.map((type) => [type, {}])),
  };
}

function idParameter({ idSchema }: Resource): Node {
  const { readOnly: _, ...schema } = idSchema as Node;
  return { name: "id", in: "path", required: true, schema };
}

const etagHeader = { ETag: { description: "Of this version.", schema: { type: "string" } } };

const ifMatch = {
  name: "If-Match",
  in: "header",
  description: "Only if this is still the current version.",
  schema: { type: "string" },
};

const idempotencyKey = {
  name: "Idempotency-Key",
  in: "header",
  description:
    "Of this one request, chosen by the client: sent again with the same key within 24 hours, it is done once and answered the same.",
  schema: { type: "string", minLength: 1, maxLength: 255 },
};

function shown({ name }: Resource): Response {
  return { ...json("The resource", name), headers: etagHeader };
}

interface Response extends Node {
  readonly headers: Node;
}

function shownOrDraft(resource: Resource): Response {
  const { name, draft } = resource;
  if (!draft) return shown(resource);
  const anyOf = [name, `${name}Draft`].map((each) => ({ $ref: `#/components/schemas/${each}` }));
  return {
    description: "The resource, or the draft of it",
    headers: { ...etagHeader, ...draftHeaders },
    content: { "application/json": { schema: { anyOf } } },
  };
}

// With the last file that is missing it is no draft any more.
function afterFile(resource: Resource, property: string): Response {
  const others = resource.draft?.files.some((each) => each !== property);
  return others ? shownOrDraft(resource) : shown(resource);
}

function draftDescription({ draft, name }: Resource): Node {
  if (!draft) return {};
  const files = draft.files.map((each) => `\`${each}\``).join(", ");
  return {
    description: `${files} may also be put afterwards, where the \`Link\` fields of the response say. Until then it is a draft: seen by nobody else, in no list, and deleted when the ${name} is not complete in time.`,
  };
}

const draftHeaders = {
  Link: {
    description:
      'Of a draft: for each file that is missing, where to put it (`rel="edit-media"`, its property as `title`).',
    schema: { type: "string" },
  },
  Sunset: {
    description: "Of a draft: when it is deleted unless it is complete.",
    schema: { type: "string" },
  },
};

function json(description: string, schema: string): Node {
  return {
    description,
    content: { "application/json": { schema: { $ref: `#/components/schemas/${schema}` } } },
  };
}

function media(schema: string): Node {
  return { schema: { $ref: `#/components/schemas/${schema}` } };
}
