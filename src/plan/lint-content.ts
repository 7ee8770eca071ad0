// What is doubtful in the schemas of files and texts, wherever they stand.
import { parseMediaTypes } from "../base/media-type.js";
import type { Compiler } from "./compiler.js";
import { filePlanOf, textEncodings, type FilePlan } from "./file-plan.js";
import { saying, type Finding } from "./lint-finding.js";
import { keywordPlace, walkSchema, type SchemaPlace } from "./schema-place.js";

/** `contentMediaType` of one schema, and how large a file it lets in. */
export function lintContent(
  compiler: Compiler,
  place: SchemaPlace,
  name: string,
  file: FilePlan | undefined,
): Finding[] {
  const { contentMediaType } = compiler.view(place.schema);
  const found: Finding[] = [];
  const list = contentMediaType ?? "";
  if (list.includes(",") || list.includes("*") || (list && parseMediaTypes(list).length === 0)) {
    const detail = `contentMediaType is one media type (JSON Schema 2020-12 §8.4), not ${JSON.stringify(list)}; other tools may not read it.`;
    const key = /^[\w$]+$/.test(name) ? name : JSON.stringify(name);
    const fix = `In a form say \`encoding: { ${key}: { contentType: "${list}" } }\` instead.`;
    const at = keywordPlace(compiler, place, "contentMediaType");
    found.push(saying("media-type-list")(at, detail, fix));
  }
  if (file) found.push(...lintSize(place.pointer, `The file ${JSON.stringify(name)}`, file));
  return found;
}

export function lintSize(pointer: string, what: string, file: FilePlan): Finding[] {
  if (file.bytesMax !== undefined || file.textBytesMax !== undefined) return [];
  const detail = `${what} has no size limit of its own; the server's applies.`;
  const counted = file.encoding === undefined ? "octets" : "characters of its text";
  const fix = `Add \`maxLength\`, in ${counted}.`;
  return [saying("file-without-limit")(pointer, detail, fix)];
}

/** Files in JSON, however deep. */
export function lintJson(compiler: Compiler, place: SchemaPlace, name: string): Finding[] {
  return walkSchema(compiler, place, name).flatMap((each) => {
    const file = filePlanOf(compiler.document.rules, compiler.view(each.schema), "json");
    const found = lintContent(compiler, each, each.name, file);
    return file ? [...found, ...lintJsonFile(compiler, each, each.name)] : found;
  });
}

/** A file where only text can stand. */
export function lintJsonFile(compiler: Compiler, place: SchemaPlace, name: string): Finding[] {
  const { contentEncoding, format, branches } = compiler.view(place.schema);
  const isEncoded = textEncodings.has(contentEncoding?.toLowerCase() ?? "");
  if (isEncoded || format === "byte" || branches.length > 0) return [];
  const detail = `No raw octets can stand here, and ${JSON.stringify(name)} says no encoding: it is read as base64.`;
  const { contentKeywords } = compiler.document.rules;
  const fix = contentKeywords
    ? "Add `type: string` and `contentEncoding: base64`."
    : "Say `format: byte` in a schema for this media type.";
  return [saying("json-file-without-encoding")(place.pointer, detail, fix)];
}

/** Text of which nobody can say what it is meant to become (OAS 3.1.1, schema search). */
export function lintUnion(compiler: Compiler, { schema, pointer }: SchemaPlace): Finding[] {
  const view = compiler.view(schema);
  const types = new Set([
    ...(view.types ?? []),
    ...view.branches.flatMap((branch) => [...(compiler.view(branch).types ?? [])]),
  ]);
  const others = ["number", "integer", "boolean", "object", "array"].filter((type) =>
    types.has(type),
  );
  if (!types.has("string") || others.length === 0) return [];
  const told = others.filter((type) => type !== "integer" || !others.includes("number"));
  const detail = `Text may be a string here as well as ${told.join(" or ")}: it stays a string.`;
  const fix = "Allow one of them only, or carry the value as JSON.";
  return [saying("ambiguous-union")(pointer, detail, fix)];
}
