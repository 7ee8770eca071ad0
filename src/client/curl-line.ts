// A curl line for each way to send an operation, ready to be pasted: what `serve` prints at start.
import { isObject, objectOr } from "../base/json.js";
import { essenceOf, formatMediaType, parseMediaTypes } from "../base/media-type.js";
import type { Compiler } from "../plan/compiler.js";
import { curlFormOptions } from "./curl-form.js";
import { curlParts, curlSequence } from "./curl-sequence.js";
import { fileName, quote, sampleType, type CurlBody } from "./curl-text.js";
import type { MediaTypePlan } from "../plan/media-type-plan.js";
import { fillTemplate, parametersOf } from "../plan/path-template.js";
import type { OperationPlan } from "../plan/plan.js";
import { sampleValue } from "../plan/sample-value.js";
import type { SequenceSchemas } from "../plan/sequence-plan.js";
import { formatXml } from "./format-xml.js";

export interface CurlLine {
  /** How the body is carried, e.g. `multipart/form-data`; the act where there is no body. */
  readonly style: string;
  readonly line: string;
  /** Names of the files that the line reads from the current folder. */
  readonly files: readonly string[];
}

/** One line for each media type. Ids are 1, or the parameter's own example. */
export function curlLines(compiler: Compiler, plan: OperationPlan, base: string): CurlLine[] {
  const { operation, act } = plan;
  // Nobody knows the id of an upload before there is one.
  if (act.kind.endsWith("-upload") && act.kind !== "stage-upload") return [];
  const values = parametersOf(operation.path).map((name) => parameterSample(compiler, plan, name));
  const url = quote(base + fillTemplate(operation.path, values));
  if (act.kind === "get-file")
    return [
      { style: act.kind, line: `curl -o ${quote(`saved-${act.property}`)} ${url}`, files: [] },
    ];
  const method = operation.method === "GET" ? "" : `-X ${operation.method} `;
  if (!plan.body) return [{ style: act.kind, line: `curl ${method}${url}`, files: [] }];
  const lines = plan.body.media.map((media) => {
    const { options, files } = bodyOf(compiler, plan, media);
    const style =
      formatMediaType(media.range) +
      (media.body.kind === "json" && files.length > 0 ? " with base64" : "");
    return { style, files, line: `curl ${method}${[...options, url].join(" ")}` };
  });
  // A wildcard beside the type that stands for it.
  return lines.filter(({ line }, i) => lines.findIndex((each) => each.line === line) === i);
}

function bodyOf(compiler: Compiler, plan: OperationPlan, media: MediaTypePlan): CurlBody {
  const { body, range } = media;
  const schemas = schemasOf(compiler, plan, media);
  const { schema = {} } = schemas;
  const type = `-H ${quote(`Content-Type: ${essenceOf(range)}`)}`;
  switch (body.kind) {
    case "json":
      return jsonBody(compiler, plan, media, { schema, type });
    case "form-data":
    case "urlencoded":
      return curlFormOptions(compiler, body, schema);
    case "raw": {
      const file = fileName(fileProperty(plan), body.file);
      const own =
        range.subtype === "*" ? `-H ${quote(`Content-Type: ${sampleType(body.file)}`)}` : type;
      return { options: [own, `--data-binary ${quote(`@${file}`)}`], files: [file] };
    }
    case "positional":
      return curlParts(compiler, range, body, schemas);
    case "sequence":
      return { options: [type, curlSequence(compiler, body.sequence, schemas)], files: [] };
    case "xml":
      return textBody(type, formatXml(body.xml, sampleValue(compiler, schema) ?? {}));
    case "text":
      return textBody(type, String(sampleValue(compiler, schema) ?? ""));
  }
}

function textBody(type: string, text: string): CurlBody {
  return { options: [type, `--data-binary ${quote(text)}`], files: [] };
}

/** What a body that is a file is the file of. */
function fileProperty({ act }: OperationPlan): string {
  return "property" in act ? act.property : "file";
}

function jsonBody(
  compiler: Compiler,
  plan: OperationPlan,
  { body }: MediaTypePlan,
  { schema, type }: { readonly schema: unknown; readonly type: string },
): CurlBody {
  const whole = body.kind === "json" ? body.value?.filePlan : undefined;
  if (whole) {
    const file = fileName(fileProperty(plan), whole);
    return { options: [type, `-d '"'$(base64 -w0 ${file})'"'`], files: [file] };
  }
  const places = body.kind === "json" ? [...(body.value?.properties ?? [])] : [];
  const files = new Map(
    places.flatMap(([name, { filePlan }]) =>
      filePlan ? [[name, fileName(name, filePlan)] as const] : [],
    ),
  );
  const value = sampleValue(compiler, schema);
  const text = isObject(value) ? withFiles(value, files) : JSON.stringify(value ?? null);
  return { options: [type, `-d '${text}'`], files: [...files.values()] };
}

// The shell puts the encoded file in between two quoted pieces of the text.
function withFiles(
  value: Readonly<Record<string, unknown>>,
  files: ReadonlyMap<string, string>,
): string {
  const plain = Object.entries(value).filter(([name]) => !files.has(name));
  const pairs = plain.map(([name, inner]) => `${json(name)}: ${json(inner)}`);
  const encoded = [...files].map(([name, file]) => `${json(name)}: "'$(base64 -w0 ${file})'"`);
  return `{${[...pairs, ...encoded].join(", ")}}`;
}

function json(value: unknown): string {
  return JSON.stringify(value).replaceAll("'", String.raw`\u0027`);
}

function parameterSample(compiler: Compiler, { operation }: OperationPlan, name: string): string {
  const parameter = operation.parameters.find((each) => each.name === name && each.in === "path");
  const value = sampleValue(compiler, parameter?.schema ?? { type: "integer" });
  return String(value ?? 1);
}

function schemasOf(
  { document }: Compiler,
  { operation }: OperationPlan,
  { range }: MediaTypePlan,
): SequenceSchemas {
  const content = objectOr(
    objectOr(document.resolve(operation.node["requestBody"]).node)["content"],
  );
  const key = Object.keys(content).find(
    (each) => formatMediaType(range) === parseMediaTypes(each).map(formatMediaType)[0],
  );
  const { schema, itemSchema } = objectOr(
    document.resolve(key === undefined ? {} : content[key]).node,
  );
  return { schema, itemSchema };
}
