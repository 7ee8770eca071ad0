// What a schema with `x-resource` says of its resource: names, path, id, files.
import { objectOr } from "../base/json.js";
import { DocumentError } from "../openapi/document-error.js";
import type { SchemaView } from "../openapi/schema.js";
import type { Compiler } from "./compiler.js";
import { draftPropertyOf } from "./draft-plan.js";
import { filePlanOf } from "./file-plan.js";
import { segmentsOf } from "./path-template.js";

export interface Resource {
  /** The component's name, e.g. `Profile`. */
  readonly name: string;
  /** e.g. `Profiles`, from the last name in the path. */
  readonly plural: string;
  /** As written, with or without a trailing slash, e.g. `/api/v1/profiles/`. */
  readonly path: string;
  readonly itemPath: string;
  readonly schema: Readonly<Record<string, unknown>>;
  readonly view: SchemaView;
  readonly idSchema: unknown;
  /** Top-level file properties. */
  readonly files: ReadonlyMap<string, ResourceFile>;
  /** To the schemas of what names a file in place of its bytes: by the token of its upload, by a URL. */
  readonly named: readonly Readonly<Record<string, unknown>>[];
  /** Undefined where none can be one. */
  readonly draft: ResourceDraft | undefined;
}

/** A resource that misses files which it needs. */
export interface ResourceDraft {
  /** The property that is `true` in it. */
  readonly property: string;
  /** Files that may be missing. */
  readonly files: readonly string[];
}

export interface ResourceFile {
  readonly many: boolean;
  readonly required: boolean;
  /** The schema of one file. */
  readonly schema: unknown;
  /** What the document says of the array of them; empty where there is one file only. */
  readonly array: Readonly<Record<string, unknown>>;
  /** Media types or ranges, as the document lists them; undefined for any. */
  readonly contentMediaType: string | undefined;
  /** Of one file, wherever its schema says it. */
  readonly maxLength: number | undefined;
  /** `x-file-url` */
  readonly fileUrl: unknown;
  /** e.g. `/api/v1/profiles/{id}/pic/` */
  readonly path: string;
}

export function resourceOf(
  compiler: Compiler,
  name: string,
  schema: Readonly<Record<string, unknown>>,
  named: Resource["named"],
): Resource {
  const path = schema["x-resource"];
  const at = `/components/schemas/${name}/x-resource`;
  if (
    typeof path !== "string" ||
    !path.startsWith("/") ||
    segmentsOf(path).length === 0 ||
    path.includes("{")
  ) {
    throw new DocumentError("`x-resource` must be a path such as /api/v1/profiles/.", at);
  }
  if (compiler.document.rules.draftWrightSchema) {
    throw new DocumentError("`x-resource` needs OpenAPI 3.1 or later.", at);
  }
  const view = compiler.view(schema);
  const slash = path.endsWith("/") ? "/" : "";
  const itemPath = `${path}${slash === "" ? "/" : ""}{id}${slash}`;
  const files = filesOf(
    compiler,
    view,
    (property) => `${itemPath}${slash === "" ? "/" : ""}${property}${slash}`,
  );
  return {
    name,
    plural: pascal(segmentsOf(path).at(-1) ?? name),
    path,
    itemPath,
    schema,
    view,
    named,
    idSchema: view.properties.get("id") ?? { type: "integer", readOnly: true },
    files,
    draft: draftOf(compiler, view, files),
  };
}

function draftOf(
  compiler: Compiler,
  view: SchemaView,
  files: ReadonlyMap<string, ResourceFile>,
): ResourceDraft | undefined {
  const needed = [...files].filter(
    ([name, { required }]) => required && !compiler.view(view.properties.get(name)).readOnly,
  );
  if (needed.length === 0 || view.draftExpires === false) return undefined;
  return {
    property: draftPropertyOf(compiler, [view]),
    files: needed.map(([name]) => name),
  };
}

function filesOf(
  compiler: Compiler,
  view: SchemaView,
  pathOf: (property: string) => string,
): Map<string, ResourceFile> {
  const files = new Map<string, ResourceFile>();
  for (const [property, schema] of view.properties) {
    const whole = compiler.view(schema);
    const many = whole.types?.has("array") === true;
    const one = many ? compiler.view(whole.items ?? {}) : whole;
    if (!isFile(compiler, one)) continue;
    files.set(property, {
      many,
      required: view.required.has(property),
      schema: many ? whole.items : schema,
      array: many ? arrayKeywords(compiler.document.resolve(schema).node) : {},
      contentMediaType: one.contentMediaType,
      maxLength: one.maxLength,
      fileUrl: one.fileUrl,
      path: pathOf(property),
    });
  }
  return files;
}

// `{}` is octets in a part but any value in JSON: in the short form, which is both, it is a value.
function isFile(compiler: Compiler, view: SchemaView): boolean {
  return filePlanOf(compiler.document.rules, view, "json") !== undefined;
}

function arrayKeywords(node: unknown): Record<string, unknown> {
  const kept = new Set(["title", "description", "minItems", "maxItems", "uniqueItems"]);
  return Object.fromEntries(Object.entries(objectOr(node)).filter(([key]) => kept.has(key)));
}

/** `blog-posts` → `BlogPosts` */
export function pascal(text: string): string {
  return text
    .split(/[^\p{L}\p{N}]+/u)
    .map((word) => word.charAt(0).toUpperCase() + word.slice(1))
    .join("");
}
