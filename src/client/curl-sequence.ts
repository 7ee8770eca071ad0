// Sequences and parts by position on a curl command line (OAS 3.2 §4.14): one item, or one for each position.
import { essenceOf, type MediaType } from "../base/media-type.js";
import type { Compiler } from "../plan/compiler.js";
import type { MultipartShape } from "../plan/media-type-plan.js";
import type { PropertyPlan } from "../plan/property-plan.js";
import { arraySchemaOf, type SequencePlan, type SequenceSchemas } from "../plan/sequence-plan.js";
import { textFields, textOption } from "./curl-form.js";
import { fileName, quote, type CurlBody } from "./curl-text.js";
import { onlyHeader } from "./encode-parts.js";
import { sampleValue } from "../plan/sample-value.js";

export function curlSequence(
  compiler: Compiler,
  { framing }: SequencePlan,
  schemas: SequenceSchemas,
): string {
  const { prefixItems, items } = arraySchemaOf(compiler, schemas);
  const item = sampleValue(compiler, prefixItems[0] ?? items) ?? null;
  if (framing === "json-lines") return `--data-binary ${quote(JSON.stringify(item))}`;
  // What a line cannot show is written as bash and its like read it.
  const text = JSON.stringify(item).replaceAll(/[\\']/g, String.raw`\$&`);
  if (framing === "json-seq") return String.raw`--data-binary $'\x1e${text}\n'`;
  return String.raw`--data-binary $'data: example\n\n'`;
}

type Positional = Extract<MultipartShape, { kind: "positional" }>;

export function curlParts(
  compiler: Compiler,
  range: MediaType,
  { parts }: Positional,
  schemas: SequenceSchemas,
): CurlBody {
  const files: string[] = [];
  const options = partOptions(compiler, { parts, schemas, files });
  const form = range.subtype === "form-data";
  const [root] = parts.prefix;
  // RFC 2387 §3.1: the root's type is said. curl adds the boundary.
  const more = range.subtype === "related" ? `; type="${typeOf(root ?? parts.rest)}"` : "";
  const type = `-H ${quote(`Content-Type: ${essenceOf(range)}${more}`)}`;
  return { options: form ? options : [type, ...options], files };
}

interface Parts {
  readonly parts: Positional["parts"];
  readonly schemas: SequenceSchemas;
  readonly files: string[];
}

function partOptions(compiler: Compiler, { parts, schemas, files }: Parts): string[] {
  const { prefixItems, items } = arraySchemaOf(compiler, schemas);
  const plans = parts.prefix.length > 0 ? parts.prefix : [parts.rest];
  return plans.flatMap((plan, position) => {
    const schema = prefixItems[position] ?? items;
    const name = nameOf(plan);
    if (plan.parts?.kind === "positional") {
      const inner = { parts: plan.parts.parts, schemas: { schema, itemSchema: undefined }, files };
      const type = plan.contentTypes[0] ?? "multipart/mixed";
      const open = `-F ${quote(`${name}=(;type=${type}`)}`;
      return [open, ...partOptions(compiler, inner), `-F ${quote("=)")}`];
    }
    if (plan.file) {
      const file = fileName(`part${position}`, plan.file);
      files.push(file);
      return [`-F ${quote(`${name}=@${file}`)}`];
    }
    const value = sampleValue(compiler, schema) ?? "";
    return textFields(name, plan, value).map(([, text, type]) => textOption(name, text, type));
  });
}

function typeOf({ carried, contentTypes }: PropertyPlan): string {
  return contentTypes[0] ?? (carried === "json" ? "application/json" : "text/plain");
}

function nameOf({ headers }: PropertyPlan): string {
  const disposition = headers.find(({ name }) => name.toLowerCase() === "content-disposition");
  const value = disposition && onlyHeader(disposition);
  return /; name="([^"]*)"/.exec(String(value))?.[1] ?? "";
}
