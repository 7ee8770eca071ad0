// The objects of the specification and what stands in each, as data: for walking a document without
// taking a property, an example or a default value for what it is not.

export type ObjectKind =
  | "root"
  | "components"
  | "pathItem"
  | "operation"
  | "callback"
  | "parameter"
  | "requestBody"
  | "response"
  | "header"
  | "mediaType"
  | "encoding"
  | "example"
  | "link"
  | "securityScheme"
  | "schema";

export interface ChildKind {
  readonly kind: ObjectKind;
  readonly shape: "one" | "list" | "map";
}

type Children = Readonly<Record<string, ChildKind>>;

function one(kind: ObjectKind): ChildKind {
  return { kind, shape: "one" };
}
function list(kind: ObjectKind): ChildKind {
  return { kind, shape: "list" };
}
function map(kind: ObjectKind): ChildKind {
  return { kind, shape: "map" };
}

const operations = ["get", "put", "post", "delete", "options", "head", "patch", "trace", "query"];
const described = {
  schema: one("schema"),
  content: map("mediaType"),
  examples: map("example"),
};
const encodings = {
  encoding: map("encoding"),
  prefixEncoding: list("encoding"),
  itemEncoding: one("encoding"),
};

const oneSchema = [
  "items",
  "additionalItems",
  "additionalProperties",
  "unevaluatedProperties",
  "unevaluatedItems",
  "contains",
  "propertyNames",
  "not",
  "if",
  "then",
  "else",
  "contentSchema",
];
const schemaMaps = ["properties", "patternProperties", "dependentSchemas", "$defs", "definitions"];
const schemaLists = ["allOf", "anyOf", "oneOf", "prefixItems", "items"];

const children: Readonly<Record<ObjectKind, Children>> = {
  root: { paths: map("pathItem"), webhooks: map("pathItem"), components: one("components") },
  components: {
    schemas: map("schema"),
    responses: map("response"),
    parameters: map("parameter"),
    examples: map("example"),
    requestBodies: map("requestBody"),
    headers: map("header"),
    securitySchemes: map("securityScheme"),
    links: map("link"),
    callbacks: map("callback"),
    pathItems: map("pathItem"),
    mediaTypes: map("mediaType"),
  },
  pathItem: {
    ...Object.fromEntries(operations.map((method) => [method, one("operation")])),
    additionalOperations: map("operation"),
    parameters: list("parameter"),
  },
  operation: {
    parameters: list("parameter"),
    requestBody: one("requestBody"),
    responses: map("response"),
    callbacks: map("callback"),
  },
  callback: {},
  parameter: described,
  header: described,
  requestBody: { content: map("mediaType") },
  response: { headers: map("header"), content: map("mediaType"), links: map("link") },
  mediaType: {
    schema: one("schema"),
    itemSchema: one("schema"),
    examples: map("example"),
    ...encodings,
  },
  encoding: { headers: map("header"), ...encodings },
  example: {},
  link: {},
  securityScheme: {},
  schema: {
    ...Object.fromEntries(oneSchema.map((key) => [key, one("schema")])),
    ...Object.fromEntries(schemaMaps.map((key) => [key, map("schema")])),
    ...Object.fromEntries(schemaLists.map((key) => [key, list("schema")])),
  },
};

/** What stands at `key` of such an object; undefined for plain data. */
export function childKind(kind: ObjectKind, key: string, value: unknown): ChildKind | undefined {
  if (kind === "callback") return one("pathItem");
  if (kind === "schema" && key === "items") return Array.isArray(value) ? list(kind) : one(kind);
  return Object.hasOwn(children[kind], key) ? children[kind][key] : undefined;
}
