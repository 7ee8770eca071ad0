// The schemas of a resource: how it reads, and how JSON and forms write it, whole or as a patch.
import { isObject } from "../base/json.js";
import type { Compiler } from "./compiler.js";
import type { Resource, ResourceDraft, ResourceFile } from "./expand-resource.js";

type Node = Record<string, unknown>;

const readFile = { $ref: "#/components/schemas/FileReference" };

export function resourceSchemas(compiler: Compiler, resource: Resource): Node {
  const { name, files, named } = resource;
  const jsonFile = (file: ResourceFile): unknown => jsonFileSchema(file, named);
  const whole = (file: (each: ResourceFile) => unknown, rest: Partial<Writing> = {}): Node =>
    writeSchema(compiler, resource, { file, ...rest });
  const schemas: Node = {
    [name]: readSchema(resource),
    [`${name}Input`]: whole(jsonFile),
    [`${name}Patch`]: whole(jsonFile, { patch: true }),
    [`${name}List`]: listSchema(name),
  };
  if (resource.draft) schemas[`${name}Draft`] = draftSchema(resource, resource.draft);
  if (files.size > 0) {
    schemas[`${name}Form`] = whole(formFile);
    schemas[`${name}FormPatch`] = whole(formFile, { patch: true });
  }
  return schemas;
}

function readSchema({ schema, view, idSchema, files }: Resource): Node & { properties: Node } {
  const properties: Node = { id: idSchema };
  for (const [property, inner] of view.properties) {
    const file = files.get(property);
    properties[property] = file ? readProperty(file) : inner;
  }
  return {
    ...plain(schema),
    properties,
    required: ["id", ...[...view.required].filter((each) => each !== "id")],
    ...(view.draftExpires === undefined ? {} : { "x-draft-expires": view.draftExpires }),
  };
}

function draftSchema(resource: Resource, { property, files }: ResourceDraft): Node {
  const { properties, "x-draft-expires": _, ...whole } = readSchema(resource);
  const missing = files.map((each) => `\`${each}\``).join(", ");
  const needed = [...resource.view.required].filter(
    (each) => each !== "id" && each !== property && !files.includes(each),
  );
  return {
    ...whole,
    description: `A ${resource.name} that still misses files which it needs (${missing}). Nobody but who created it sees it; it becomes a ${resource.name} with the last of them, and is deleted if they do not come in time.`,
    properties: { ...properties, [property]: { type: "boolean", const: true, readOnly: true } },
    required: ["id", ...needed, property],
  };
}

function readProperty({ many, required, array }: ResourceFile): unknown {
  if (many) return { ...array, type: "array", items: readFile };
  return required ? readFile : { anyOf: [readFile, { type: "null" }] };
}

interface Writing {
  readonly file: (file: ResourceFile) => unknown;
  readonly patch?: boolean;
}

function writeSchema(
  compiler: Compiler,
  resource: Resource,
  { file, patch = false }: Writing,
): Node {
  const { schema, view, files, idSchema, draft } = resource;
  // What is read may be sent back: an id that the server adds is known, and ignored.
  const properties: Node = view.properties.has("id") ? {} : { id: idSchema };
  if (draft) properties[draft.property] = { type: "boolean", readOnly: true };
  for (const [property, inner] of view.properties) {
    const held = files.get(property);
    const clearable = patch && !view.required.has(property) && !compiler.view(inner).readOnly;
    const written = held ? file(held) : inner;
    properties[property] = clearable && !held ? { anyOf: [inner, { type: "null" }] } : written;
  }
  const needed = [...view.required].filter(
    (each) => !compiler.view(view.properties.get(each) ?? {}).readOnly,
  );
  const open = ["additionalProperties", "unevaluatedProperties"].some((keyword) =>
    view.keywords.has(keyword),
  );
  return {
    ...plain(schema),
    properties,
    ...(patch || needed.length === 0 ? {} : { required: needed }),
    ...(open ? {} : { unevaluatedProperties: false }),
  };
}

/** As text in JSON and urlencoded bodies; or the reference that was read, to keep the file; or an upload or a URL; or null to clear it. */
function jsonFileSchema(file: ResourceFile, named: Resource["named"]): unknown {
  const one = { anyOf: [encodedFile(file), readFile, ...named] };
  if (file.many) return { ...file.array, type: "array", items: one };
  return file.required ? one : { anyOf: [...one.anyOf, { type: "null" }] };
}

/** As text in JSON. */
export function encodedFile(file: ResourceFile): Node {
  return {
    ...annotations(file),
    type: "string",
    contentEncoding: encodingOf(file),
    ...typeOf(file),
  };
}

/** As octets in a part. */
function formFile(file: ResourceFile): unknown {
  const one = {
    ...annotations(file),
    contentMediaType: file.contentMediaType ?? "application/octet-stream",
  };
  return file.many ? { ...file.array, type: "array", items: one } : one;
}

function encodingOf({ schema }: ResourceFile): unknown {
  const said = isObject(schema) ? schema["contentEncoding"] : undefined;
  return said === undefined || said === "binary" ? "base64" : said;
}

function typeOf({ contentMediaType }: ResourceFile): Node {
  return contentMediaType === undefined ? {} : { contentMediaType };
}

function annotations({ schema, maxLength, fileUrl }: ResourceFile): Node {
  const node = isObject(schema) ? schema : {};
  const kept = ["title", "description", "deprecated", "contentSchema"].filter((key) => key in node);
  const limit = {
    ...(maxLength === undefined ? {} : { maxLength }),
    ...(fileUrl === undefined ? {} : { "x-file-url": fileUrl }),
  };
  return { ...Object.fromEntries(kept.map((key) => [key, node[key]])), ...limit };
}

// allOf and $ref are already in the view; properties and required are written anew.
function plain(schema: Readonly<Node>): Node {
  const left = new Set([
    "x-resource",
    "x-draft-expires",
    "allOf",
    "$ref",
    "properties",
    "required",
    "example",
    "examples",
  ]);
  return {
    type: "object",
    ...Object.fromEntries(Object.entries(schema).filter(([key]) => !left.has(key))),
  };
}

function listSchema(name: string): Node {
  const link = { type: ["string", "null"], format: "uri" };
  return {
    type: "object",
    required: ["count", "next", "previous", "results"],
    properties: {
      count: { type: "integer", description: "Of all resources that match." },
      next: link,
      previous: link,
      results: { type: "array", items: { $ref: `#/components/schemas/${name}` } },
    },
  };
}
