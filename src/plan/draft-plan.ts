// What a resource is while files that it needs are missing: a draft, if they can be put to it afterwards.
import type { SchemaView } from "../openapi/schema.js";
import type { Compiler } from "./compiler.js";

export interface DraftPlan {
  /** The read-only property that is `true` in a draft, and absent otherwise. */
  readonly property: string;
  /** Files that a create may leave out, each with the template of the path that it is put to. */
  readonly files: ReadonlyMap<string, string>;
  /** From the creation on. */
  readonly expiresMs: number;
}

export interface DraftParts {
  /** Of the bodies of create, one for each media type; undefined for one that says nothing. */
  readonly createSchemas: readonly unknown[];
  /** Of all requests and responses that show one resource. */
  readonly views: readonly SchemaView[];
  /** Top-level file properties. */
  readonly files: ReadonlyMap<string, { readonly many: boolean }>;
  /** The path of the operation that puts a file there, or adds to an array of them. */
  readonly putPathOf: (property: string, many: boolean) => string | undefined;
}

/** Undefined where no create can leave a draft. */
export function draftPlanOf(compiler: Compiler, parts: DraftParts): DraftPlan | undefined {
  const expires = draftExpiresOf(parts.views);
  if (expires === "never") return undefined;
  const creates = parts.createSchemas.map((schema) => compiler.view(schema ?? {}));
  // What one media type does without is not required.
  const needed = (name: string): boolean =>
    creates.length > 0 && creates.every(({ required }) => required.has(name));
  const files = [...parts.files].flatMap(([name, { many }]): [string, string][] => {
    const path = parts.putPathOf(name, many);
    const optional = path === undefined || !needed(name) || mayBeNull(compiler, creates, name);
    return optional ? [] : [[name, path]];
  });
  if (files.length === 0) return undefined;
  const property = draftPropertyOf(compiler, parts.views);
  return { property, files: new Map(files), expiresMs: expires ?? defaultMs };
}

const dayMs = 24 * 60 * 60 * 1000;
const defaultMs = dayMs;
const expiresMsMax = 3650 * dayMs;

/** `x-draft-expires` of the first schema that has a usable one; `never` where it says that there are to be no drafts. */
function draftExpiresOf(views: readonly SchemaView[]): number | "never" | undefined {
  for (const { draftExpires } of views) {
    const read = parseDraftExpires(draftExpires);
    if (read !== undefined) return read;
  }
  return undefined;
}

/**
 * `x-draft-expires`: a duration of weeks, or of days, hours, minutes and seconds (RFC 3339 Appendix A), of at most ten
 * years; `false` for no drafts at all. Undefined for anything else: months and years have no one length.
 */
export function parseDraftExpires(said: unknown): number | "never" | undefined {
  if (said === false) return "never";
  const found =
    typeof said === "string" &&
    /^P(?:(\d{1,9})W|(?:(\d{1,9})D)?(?:T(?=\d)(?:(\d{1,9})H)?(?:(\d{1,9})M)?(?:(\d{1,9})S)?)?)$/.exec(
      said,
    );
  if (!found) return undefined;
  const [weeks = 0, days = 0, hours = 0, minutes = 0, seconds = 0] = found
    .slice(1)
    .map((each = "0") => Number(each));
  const ms = (((weeks * 7 + days) * 24 + hours) * 60 + minutes) * 60_000 + seconds * 1000;
  return ms > 0 && ms <= expiresMsMax ? ms : undefined;
}

/** `draft`, or, where the document means something else by that, another name that it does not. */
export function draftPropertyOf(compiler: Compiler, views: readonly SchemaView[]): string {
  const isFree = (name: string): boolean =>
    views.every(({ properties }) => {
      if (!properties.has(name)) return true;
      const { readOnly, types } = compiler.view(properties.get(name));
      return readOnly && types?.size === 1 && types.has("boolean");
    });
  let name = "draft";
  for (let next = "is_draft"; !isFree(name); next = `_${next}`) name = next;
  return name;
}

// A file that may be null can be said to be none: it is not missing.
function mayBeNull(compiler: Compiler, views: readonly SchemaView[], name: string): boolean {
  return views.some(({ properties }) => {
    const view = compiler.view(properties.get(name) ?? {});
    const variants = [view, ...view.branches.map((branch) => compiler.view(branch))];
    return variants.some(({ types }) => types?.has("null"));
  });
}
