// What an operation answers: status codes, and how a stored value reads back (OAS §4.8.16 Responses Object).
import { objectOr } from "../base/json.js";
import { isJson, parseMediaType } from "../base/media-type.js";
import type { Operation } from "../openapi/operation.js";
import type { Compiler } from "./compiler.js";
import { filePlanOf } from "./file-plan.js";

export interface ResponsePlan {
  /** Declared 2xx codes, ascending. */
  readonly statuses: readonly number[];
  /** The schema of the first 2xx JSON response; undefined when there is none. */
  readonly schema: unknown;
  /** The first 2xx response has a content that is no JSON: it answers bytes. */
  readonly binary: boolean;
}

export function responsePlanOf(compiler: Compiler, operation: Operation): ResponsePlan {
  const responses = Object.entries(objectOr(operation.node["responses"]));
  const good = responses.filter(([code]) => /^2(\d\d|XX)$/i.test(code));
  const chosen = good[0] ?? responses.find(([code]) => code === "default");
  const content = chosen ? contentOf(compiler, chosen[1]) : [];
  const json = good
    .flatMap(([, node]) => contentOf(compiler, node))
    .find(([key]) => isJsonKey(key));
  return {
    statuses: good
      .flatMap(([code]) => (/^\d+$/.test(code) ? Number(code) : []))
      .sort((a, b) => a - b),
    schema: objectOr(json?.[1])["schema"],
    binary: json === undefined && content.length > 0,
  };
}

function contentOf(compiler: Compiler, response: unknown): [string, unknown][] {
  return Object.entries(objectOr(objectOr(compiler.document.resolve(response).node)["content"]));
}

function isJsonKey(key: string): boolean {
  const media = parseMediaType(key);
  return media !== undefined && (isJson(media) || media.type === "*");
}

/** The preferred code when it is declared or nothing is, else the first declared one. */
export function statusOf(plan: ResponsePlan, preferred: number): number {
  if (plan.statuses.length === 0 || plan.statuses.includes(preferred)) return preferred;
  return plan.statuses[0] ?? preferred;
}

/** How the files of a resource read back. */
export interface ReadPlan {
  /** A file property as a URL, where the response schema says `string`; else as an object. */
  readonly asUrl: ReadonlySet<string>;
  /** Top-level file properties that read `null` when there is no file. */
  readonly nullable: ReadonlySet<string>;
  /** Top-level properties that are never shown (`writeOnly`). */
  readonly hidden: ReadonlySet<string>;
  /** Top-level properties in the order of the document. */
  readonly order: readonly string[];
}

/** What was found out about a collection before its reading is planned. */
export interface ReadParts {
  /** Of one resource. */
  readonly schema: unknown;
  /** Its top-level properties that hold files. */
  readonly files: Iterable<string>;
  readonly hidden: ReadonlySet<string>;
}

export function readPlanOf(compiler: Compiler, { schema, files, hidden }: ReadParts): ReadPlan {
  const view = compiler.view(schema ?? {});
  const asUrl = new Set<string>();
  const nullable = new Set<string>();
  for (const name of files) {
    const property = view.properties.get(name);
    if (property === undefined) continue;
    const types = typesOf(compiler, property, new Set());
    if (types.has("string") && !types.has("object")) asUrl.add(name);
    if (types.has("null")) nullable.add(name);
  }
  return { asUrl, nullable, hidden, order: [...view.properties.keys()] };
}

// An array of URLs counts as URLs; a file schema in a response says nothing of how it is shown.
function typesOf(compiler: Compiler, schema: unknown, seen: Set<unknown>): Set<string> {
  if (seen.has(schema)) return new Set(); // items or a branch lead back here
  seen.add(schema);
  const view = compiler.view(schema);
  if (view.types?.has("array")) return typesOf(compiler, view.items ?? {}, seen);
  if (filePlanOf(compiler.document.rules, view, "json")) return new Set();
  const types = new Set(view.types);
  for (const branch of view.branches)
    for (const type of typesOf(compiler, branch, seen)) types.add(type);
  return types;
}
