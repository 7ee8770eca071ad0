// Examples of a resource, as it is created and as it reads back, for the published document: what a client
// copies from them works.
import { isObject, objectOr, setOwn } from "../base/json.js";
import { covers, parseMediaType, parseMediaTypes } from "../base/media-type.js";
import { DocumentError } from "../openapi/document-error.js";
import { createDocument, type OpenApiDocument } from "../openapi/document.js";
import { createCompiler, type Compiler } from "./compiler.js";
import type { Resource, ResourceFile } from "./expand-resource.js";
import { sampleValue } from "./sample-value.js";

/** The smallest picture: PNG, 1 by 1. */
const picture =
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAIAAACQd1PeAAAADElEQVR4nGP4z8AAAAMBAQDJ/pLvAAAAAElFTkSuQmCC";
const text = "ZXhhbXBsZQ=="; // "example"

/** That picture, stored. */
const reference = {
  url: "https://api.example.com/files/picture",
  mediaType: "image/png",
  size: 69,
  sha256: "b1ff9c8ea3a780bad09b346c423d2d0e46815926879b18e841d928376a946640",
  filename: "picture.png",
};

/** The same document, with an example in each schema of the resources; left out where none is known to fit. */
export function withExamples(
  document: OpenApiDocument,
  resources: readonly Resource[],
): OpenApiDocument {
  const { components } = document.root;
  const schemas: Record<string, unknown> = { ...objectOr(objectOr(components)["schemas"]) };
  schemas["FileReference"] = { examples: [reference], ...(schemas["FileReference"] as object) };
  const compiler = createCompiler(withSchemas(document, schemas));
  for (const resource of resources) {
    const { name } = resource;
    const input = `${name}Input`;
    unlessBroken(() => {
      add(schemas, name, sampleValue(compiler, schemas[name], "response"), compiler);
      add(schemas, input, inputOf(compiler, schemas[input], resource), compiler);
    });
  }
  return withSchemas(document, schemas);
}

// What is wrong with a reference is told by the operation that needs it.
function unlessBroken(work: () => void): void {
  try {
    work();
  } catch (error) {
    if (!(error instanceof DocumentError)) throw error;
  }
}

function withSchemas(
  { root, source }: OpenApiDocument,
  schemas: Readonly<Record<string, unknown>>,
): OpenApiDocument {
  const components = { ...(root["components"] as object), schemas };
  return createDocument({ ...root, components }, source);
}

function add(
  schemas: Record<string, unknown>,
  name: string,
  value: unknown,
  compiler: Compiler,
): void {
  const schema = schemas[name];
  if (!isObject(schema) || !isObject(value) || Object.keys(value).length === 0) return;
  const isWhole = [...compiler.view(schema).required].every((each) => Object.hasOwn(value, each));
  if (isWhole) schemas[name] = { ...schema, examples: [value] };
}

// What the server fills in is not sent.
function inputOf(compiler: Compiler, schema: unknown, { files, view }: Resource): unknown {
  const value = sampleValue(compiler, schema, "request");
  if (!isObject(value)) return undefined;
  const sent = {};
  for (const [property, inner] of Object.entries(value)) {
    const file = files.get(property);
    const sample = file ? fileSample(file) : inner;
    if (view.properties.has(property) && sample !== undefined) setOwn(sent, property, sample);
  }
  return sent;
}

function fileSample({ many, schema, contentMediaType }: ResourceFile): unknown {
  const encoding = isObject(schema) ? schema["contentEncoding"] : undefined;
  if (encoding !== undefined && encoding !== "base64") return undefined;
  const allows = (type: string): boolean => {
    const media = parseMediaType(type);
    return media !== undefined && allowed.some((range) => covers(range, media));
  };
  const allowed = parseMediaTypes(contentMediaType ?? "*/*");
  const sample = allows("image/png") ? picture : allows("text/plain") ? text : undefined;
  return many && sample !== undefined ? [sample] : sample;
}
