// What all operations on one collection have in common: its ids, its timestamps, its files, its paths.
import type { Operation } from "../openapi/operation.js";
import type { SchemaView } from "../openapi/schema.js";
import type { BodyPlan } from "./body-plan.js";
import type { Compiler } from "./compiler.js";
import { draftPlanOf, type DraftPlan } from "./draft-plan.js";
import type { MediaTypePlan } from "./media-type-plan.js";
import { parameterOf, segmentsOf } from "./path-template.js";
import { readPlanOf, type ReadPlan } from "./response-plan.js";
import { textPlanOf, type TextPlan } from "./text-plan.js";

export interface CollectionPlan {
  /** The shape of its path, e.g. `/users/{}/posts`. */
  readonly path: string;
  /** Template of one resource as the document has it; undefined for create-only collections. */
  readonly itemPath: string | undefined;
  /** Templates of the file sub-resources, by property. */
  readonly filePaths: ReadonlyMap<string, string>;
  /** Its resources may have others below them, in collections of their own. */
  readonly hasBelow: boolean;
  readonly id: IdPlan;
  /** Properties that hold the time of creation, and of the last change (RFC 3339). */
  readonly createdAt: readonly string[];
  readonly updatedAt: readonly string[];
  /** Top-level file properties, and which of them are arrays. */
  readonly files: ReadonlyMap<string, { readonly many: boolean }>;
  /** Those that must be there. */
  readonly requiredFiles: ReadonlySet<string>;
  /** Undefined where a resource without them cannot be. */
  readonly drafts: DraftPlan | undefined;
  /** Types of the scalar properties that are shown, for ordering and filtering. */
  readonly types: ReadonlyMap<string, TextPlan>;
  readonly read: ReadPlan;
  /** What a whole resource must fit: the JSON body (else the first) of replace or create. */
  readonly whole: MediaTypePlan | undefined;
}

export interface IdPlan {
  /** The property that shows the id; undefined when it is not shown. */
  readonly property: string | undefined;
  /** `integer` counts from 1; `uuid` is UUIDv7; `string` is the client's, else UUIDv7. */
  readonly kind: "integer" | "uuid" | "string";
  /** The client may choose it on create. */
  readonly byClient: boolean;
}

/** The pieces of a collection, as found among the document's operations. */
export interface CollectionParts {
  readonly path: string;
  /** Bodies of create, replace and patch, in that order. */
  readonly bodies: readonly BodyPlan[];
  /** Schemas of requests and responses that show one resource. */
  readonly requestSchemas: readonly unknown[];
  readonly responseSchemas: readonly unknown[];
  readonly itemOperation: Operation | undefined;
  readonly filePaths: ReadonlyMap<string, string>;
  /** Of create alone; undefined for a media type that has none. */
  readonly createSchemas: readonly unknown[];
  /** The path of the operation that puts a file there, or adds to an array of them. */
  readonly putPathOf: (property: string, many: boolean) => string | undefined;
  readonly hasBelow: boolean;
}

const createdNames = new Set(["created_at", "createdAt", "created", "date_created", "dateCreated"]);
const updatedNames = new Set([
  "updated_at",
  "updatedAt",
  "updated",
  "modified_at",
  "modifiedAt",
  "modified",
  "date_modified",
  "dateModified",
]);

export function collectionPlanOf(compiler: Compiler, parts: CollectionParts): CollectionPlan {
  const requests = parts.requestSchemas.map((schema) => compiler.view(schema));
  const shown = parts.responseSchemas.flatMap((schema) => variantsOf(compiler, schema));
  const responses = shown.map((schema) => compiler.view(schema));
  const media = parts.bodies.flatMap((body) => body.media);
  const files = filesOf(media);
  const views = [...responses, ...requests];
  const hidden = hiddenOf(compiler, views);
  const properties = new Map(views.flatMap((view) => [...view.properties]));
  return {
    path: parts.path,
    itemPath: parts.itemOperation?.path,
    filePaths: parts.filePaths,
    hasBelow: parts.hasBelow,
    id: idPlanOf(compiler, parts.itemOperation, requests, properties),
    createdAt: timesOf(compiler, properties, requests, createdNames),
    updatedAt: timesOf(compiler, properties, requests, updatedNames),
    files,
    requiredFiles: new Set(
      [...files.keys()].filter((name) => requests.some(({ required }) => required.has(name))),
    ),
    drafts: draftPlanOf(compiler, { ...parts, views, files }),
    types: typesOf(compiler, properties, new Set([...files.keys(), ...hidden])),
    read: readPlanOf(compiler, {
      schema: shown[0] ?? parts.requestSchemas[0],
      files: files.keys(),
      hidden,
    }),
    whole: media.find(({ body }) => body.kind === "json") ?? media[0],
  };
}

// A response that is one of several shapes, as of a draft and of what it becomes, shows each of them.
function variantsOf(compiler: Compiler, schema: unknown): readonly unknown[] {
  const { properties, branches } = compiler.view(schema);
  return properties.size === 0 && branches.length > 0 ? branches : [schema];
}

// What one of its schemas calls `writeOnly` is a secret of all: a response that names it may be careless.
function hiddenOf(compiler: Compiler, views: readonly SchemaView[]): Set<string> {
  const properties = views.flatMap((view) => [...view.properties]);
  return new Set(
    properties.flatMap(([name, schema]) => (compiler.view(schema).writeOnly ? [name] : [])),
  );
}

function filesOf(media: readonly MediaTypePlan[]): Map<string, { many: boolean }> {
  const files = new Map<string, { many: boolean }>();
  for (const { body } of media) {
    if ("form" in body) {
      for (const [name, { carried, many }] of body.form.properties) {
        if (carried === "file") files.set(name, { many: many === "many" });
      }
    } else if (body.kind === "json") {
      for (const [name, plan] of body.value?.properties ?? []) {
        const many = plan.items?.file === true && !plan.file;
        if ((plan.file || many) && !files.has(name)) files.set(name, { many });
      }
    }
  }
  return files;
}

function idPlanOf(
  compiler: Compiler,
  item: Operation | undefined,
  requests: readonly SchemaView[],
  properties: ReadonlyMap<string, unknown>,
): IdPlan {
  const parameter = parameterOf(segmentsOf(item?.path ?? "").at(-1));
  if (item === undefined || parameter === undefined)
    return { property: undefined, kind: "uuid", byClient: false };
  const property = [parameter, "id", "_id"].find((name) => properties.has(name));
  const declared = item.parameters.find(
    ({ name, in: place }) => name === parameter && place === "path",
  );
  const own = property === undefined ? undefined : compiler.view(properties.get(property));
  const view = own?.types ? own : compiler.view(declared?.schema ?? {});
  const said = requests.some(
    (request) => property !== undefined && request.properties.has(property),
  );
  const readOnly = own?.readOnly === true;
  return {
    property: property ?? (properties.size > 0 ? undefined : "id"),
    kind: idKind(view),
    byClient: said && !readOnly,
  };
}

function idKind(view: SchemaView): IdPlan["kind"] {
  if (view.types?.has("string") && !view.types.has("integer"))
    return view.format === "uuid" ? "uuid" : "string";
  return view.format === "uuid" ? "uuid" : "integer";
}

// Read-only date-times, or ones that only responses have: nobody but the server can fill them in.
function timesOf(
  compiler: Compiler,
  properties: ReadonlyMap<string, unknown>,
  requests: readonly SchemaView[],
  names: ReadonlySet<string>,
): string[] {
  return [...properties].flatMap(([name, schema]) => {
    if (!names.has(name)) return [];
    const view = compiler.view(schema);
    const ours = view.readOnly || !requests.some((request) => request.properties.has(name));
    return ours && view.format === "date-time" ? [name] : [];
  });
}

function typesOf(
  compiler: Compiler,
  properties: ReadonlyMap<string, unknown>,
  without: ReadonlySet<string>,
): Map<string, TextPlan> {
  const types = new Map<string, TextPlan>();
  for (const [name, schema] of properties) {
    const { types: said } = compiler.view(schema);
    const compound = said?.has("object") === true || said?.has("array") === true;
    if (!compound && !without.has(name)) types.set(name, textPlanOf(compiler, schema));
  }
  return types;
}
