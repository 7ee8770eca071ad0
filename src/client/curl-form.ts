// Forms on a curl command line: a `-F` for each part, a `--data-urlencode` for each pair.
import { isObject } from "../base/json.js";
import type { Compiler } from "../plan/compiler.js";
import { fileName, quote, type CurlBody } from "./curl-text.js";
import type { BodyShape } from "../plan/media-type-plan.js";
import type { PropertyPlan } from "../plan/property-plan.js";
import { formatXml } from "./format-xml.js";
import { sampleValue } from "../plan/sample-value.js";

type FormShape = Extract<BodyShape, { form: unknown }>;

/** Every property of the form that has a sample; files come from the current folder. */
export function curlFormOptions(
  compiler: Compiler,
  { kind, form }: FormShape,
  schema: unknown,
): CurlBody {
  const sample = sampleValue(compiler, schema);
  const options: string[] = [];
  const files: string[] = [];
  for (const [name, plan] of form.properties) {
    if (plan.readOnly) continue;
    if (plan.file) {
      if (kind === "urlencoded") continue; // a file in a pair works, but nobody should be led to it
      const file = fileName(name, plan.file);
      files.push(file);
      options.push(`-F ${quote(`${name}=@${file}`)}`);
      continue;
    }
    const value = isObject(sample) ? sample[name] : undefined;
    if (value === undefined) continue;
    options.push(
      ...textFields(name, plan, value).map(([field, text, type]) =>
        option(kind, field, text, type),
      ),
    );
  }
  return {
    options: options.length > 0 ? options : [kind === "urlencoded" ? "-d ''" : "-F _="],
    files,
  };
}

function option(
  kind: FormShape["kind"],
  name: string,
  text: string,
  type: string | undefined,
): string {
  if (kind === "urlencoded") return `--data-urlencode ${quote(`${name}=${text}`)}`;
  return textOption(name, text, type);
}

/** A part that is text. */
export function textOption(name: string, text: string, type: string | undefined): string {
  if (type === undefined) return `--form-string ${quote(`${name}=${text}`)}`;
  // In quotes, since `<` at the start would be a file, and `;` would end the text.
  return `-F ${quote(`${name}="${text.replace(/["\\]/g, String.raw`\$&`)}";type=${type}`)}`;
}

type Field = readonly [name: string, text: string, type: string | undefined];

/** More than one where a style says so. */
export function textFields(name: string, plan: PropertyPlan, value: unknown): Field[] {
  if (plan.style) return styledFields(name, plan, value);
  const values = plan.many === "many" && Array.isArray(value) ? value : [value];
  return values.map((each) => {
    if (plan.carried === "xml" && plan.xml)
      return [name, formatXml(plan.xml, each), plan.contentTypes[0]];
    if (plan.carried === "json") return [name, JSON.stringify(each), "application/json"];
    return [name, String(each), plan.explicit ? plan.contentTypes[0] : undefined];
  });
}

const delimiters = { form: ",", spaceDelimited: " ", pipeDelimited: "|", deepObject: "," } as const;

function styledFields(name: string, { style }: PropertyPlan, value: unknown): Field[] {
  if (!style) return [];
  const members = isObject(value) ? Object.entries(value) : [];
  if (style.kind === "object" && style.style === "deepObject")
    return members.map(([key, inner]) => [`${name}[${key}]`, String(inner), undefined]);
  if (style.kind === "object" && style.explode)
    return members.map(([key, inner]) => [key, String(inner), undefined]);
  const pieces = Array.isArray(value) ? value : members.flat();
  if (style.explode && style.style === "form")
    return pieces.map((piece) => [name, String(piece), undefined]);
  return [[name, pieces.join(delimiters[style.style]), undefined]];
}
