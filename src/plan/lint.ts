// What is wrong, doubtful or surprising in how a document describes bodies, each with its place and a
// way to mend it. Looks at one media type of one operation at a time.
import { objectOr } from "../base/json.js";
import { parseMediaTypes } from "../base/media-type.js";
import { formatPointer } from "../base/pointer.js";
import type { Operation } from "../openapi/operation.js";
import type { Compiler } from "./compiler.js";
import { lintPartHeaders } from "./lint-part-headers.js";
import { lintStyle } from "./lint-style.js";
import { lintRequestBody } from "./lint-request-body.js";
import { lintSequence } from "./lint-sequence.js";
import { lintSchema } from "./lint-schema.js";
import { lintXml } from "./lint-xml.js";
import type { BodyShape, FormPlan, MediaTypePlan } from "./media-type-plan.js";
import type { OperationPlan } from "./plan.js";
import type { ValuePlan } from "./value-plan.js";

export interface Finding {
  /** Which rule, e.g. `media-type-list`. */
  readonly rule: LintRule;
  /** `error` keeps an operation from doing what the document says; `warning` is doubtful. */
  readonly severity: "error" | "warning";
  /** JSON Pointer into the document. */
  readonly pointer: string;
  readonly detail: string;
  readonly fix: string;
}

export type LintRule =
  | "unusable"
  | "body-without-meaning"
  | "body-without-content"
  | "media-type-list"
  | "encoding-without-property"
  | "encoding-ignored"
  | "style-beats-content-type"
  | "style-ignored"
  | "style-without-meaning"
  | "style-of-nested"
  | "header-ignored"
  | "header-object"
  | "json-file-without-encoding"
  | "file-without-limit"
  | "ambiguous-union"
  | "escaped-name"
  | "unknown-encoding"
  | "read-and-write-only"
  | "form-without-schema"
  | "from-a-later-version"
  | "part-without-name"
  | "xml-name-escaped"
  | "xml-namespace-relative"
  | "xml-node-said-twice"
  | "xml-without-name";

/** Findings of one operation, in the order of the document. */
export function lintOperation(compiler: Compiler, plan: OperationPlan): Finding[] {
  const { operation } = plan;
  if (operation.trouble !== undefined) return [unusable(operation, operation.trouble)];
  try {
    void plan.querystring; // throws where it cannot be
    const body = objectOr(compiler.document.resolve(operation.node["requestBody"]).node);
    const media = (plan.body?.media ?? []).flatMap((each) => {
      const [key = "", node] =
        Object.entries(objectOr(body["content"])).find(([name]) => isKeyOf(name, each)) ?? [];
      const pointer = operation.pointer + formatPointer(["requestBody", "content", key]);
      return lintMedia(compiler, each, objectOr(compiler.document.resolve(node).node), pointer);
    });
    return [...lintRequestBody(compiler, operation), ...media];
  } catch (error) {
    return [unusable(operation, error instanceof Error ? error.message : String(error))];
  }
}

function unusable({ pointer }: Operation, detail: string): Finding {
  return { rule: "unusable", severity: "error", pointer, detail, fix: "Mend what it names." };
}

function isKeyOf(key: string, { range }: MediaTypePlan): boolean {
  const [media] = parseMediaTypes(key);
  return media !== undefined && media.type === range.type && media.subtype === range.subtype;
}

type Node = Readonly<Record<string, unknown>>;

function lintMedia(
  compiler: Compiler,
  plan: MediaTypePlan,
  node: Node,
  pointer: string,
): Finding[] {
  const { body } = plan;
  const found = [
    ...lintEncoding(compiler, body, node, pointer),
    ...lintSequence(compiler, plan, node, pointer),
    ...lintSchema(compiler, node["schema"], `${pointer}/schema`),
  ];
  const schemaAt = `${pointer}/schema`;
  if ("form" in body) {
    if (node["schema"] === undefined) found.push(formWithoutSchema(pointer));
    found.push(
      ...lintForm(compiler, body, objectOr(node["encoding"]), {
        schema: node["schema"],
        schemaAt,
        encodingAt: `${pointer}/encoding`,
      }),
    );
  }
  if (body.kind === "xml") found.push(...lintXml(compiler, body.xml, node["schema"], schemaAt));
  if (body.kind === "json" && body.value)
    found.push(...lintValue(compiler, body.value, node["schema"], schemaAt));
  if (
    body.kind === "raw" &&
    body.file.bytesMax === undefined &&
    body.file.textBytesMax === undefined
  )
    found.push(noLimit(schemaAt, "The body"));
  return found;
}

function lintEncoding(compiler: Compiler, body: BodyShape, node: Node, pointer: string): Finding[] {
  const names = Object.keys(objectOr(node["encoding"]));
  const at = (name: string): string => pointer + formatPointer(["encoding", name]);
  if (!("form" in body)) {
    return names.map((name) => ({
      rule: "encoding-ignored",
      severity: "warning",
      pointer: at(name),
      detail:
        body.kind === "positional"
          ? "`encoding` goes by name, but the parts of an array go by position (OAS 3.2 §4.14.5)."
          : "`encoding` counts in multipart and urlencoded bodies only (OAS §4.8.14).",
      fix: "Remove it.",
    }));
  }
  const known = (name: string): boolean => body.form.properties.has(name);
  return names
    .filter((name) => !known(name))
    .map((name) => ({
      rule: "encoding-without-property",
      severity: compiler.document.rules.minor === "3.2" ? "warning" : "error",
      pointer: at(name),
      detail: `There is no property ${JSON.stringify(name)} in the schema.`,
      fix: `Add the property, or remove \`encoding.${name}\`.`,
    }));
}

type FormShape = Extract<BodyShape, { form: FormPlan }>;

interface FormPlaces {
  readonly schema: unknown;
  readonly schemaAt: string;
  readonly encodingAt: string;
}

function lintForm(
  compiler: Compiler,
  { kind, form }: FormShape,
  encoding: Node,
  places: FormPlaces,
): Finding[] {
  const view = compiler.view(places.schema ?? {});
  return [...form.properties].flatMap(([name, plan]) => {
    const schema = view.properties.get(name);
    const at = places.schemaAt + formatPointer(["properties", name]);
    const said = objectOr(compiler.document.resolve(encoding[name]).node);
    const pointer = places.encodingAt + formatPointer([name]);
    const place = { plan, schema: schema ?? {}, said, kind, pointer };
    return [
      ...lintMediaType(compiler, schema, at, name),
      ...(plan.carried === "xml" && plan.xml ? lintXml(compiler, plan.xml, schema, at) : []),
      ...lintUnion(compiler, schema, at),
      ...lintStyle(compiler, place),
      ...lintPartHeaders(compiler, place),
      ...(plan.file && plan.file.bytesMax === undefined && plan.file.textBytesMax === undefined
        ? [noLimit(at, `The file ${JSON.stringify(name)}`)]
        : []),
      ...(/["\r\n]/.test(name) ? [escapedName(at, name)] : []),
    ];
  });
}

function lintValue(compiler: Compiler, value: ValuePlan, schema: unknown, at: string): Finding[] {
  const view = compiler.view(schema ?? {});
  return [...(value.properties ?? [])].flatMap(([name, inner]) => {
    const property = view.properties.get(name);
    const own = compiler.view(property ?? {});
    const place = at + formatPointer(["properties", name]);
    const encoded =
      own.contentEncoding !== undefined || own.format === "byte" || own.branches.length > 0;
    const found = lintMediaType(compiler, property, place, name);
    if (!inner.filePlan) return found;
    if (!encoded) found.push(withoutEncoding(place, name));
    if (inner.filePlan.bytesMax === undefined && inner.filePlan.textBytesMax === undefined)
      found.push(noLimit(place, `The file ${JSON.stringify(name)}`));
    return found;
  });
}

function lintMediaType(
  compiler: Compiler,
  schema: unknown,
  pointer: string,
  name: string,
): Finding[] {
  const said = compiler.view(schema ?? {}).contentMediaType;
  if (said === undefined || (!said.includes(",") && !said.includes("*"))) return [];
  return [
    {
      rule: "media-type-list",
      severity: "warning",
      pointer: `${pointer}/contentMediaType`,
      detail: `contentMediaType is one media type (JSON Schema 2020-12 §8.4), not ${JSON.stringify(said)}; other tools may not read it.`,
      fix: `In a form say \`encoding: { ${name}: { contentType: "${said}" } }\` instead.`,
    },
  ];
}

// Text of which nobody can say what it is meant to become (OAS 3.1.1, schema search).
function lintUnion(compiler: Compiler, schema: unknown, pointer: string): Finding[] {
  const view = compiler.view(schema ?? {});
  const types = new Set([
    ...(view.types ?? []),
    ...view.branches.flatMap((branch) => [...(compiler.view(branch).types ?? [])]),
  ]);
  const others = ["number", "integer", "boolean", "object", "array"].filter((type) =>
    types.has(type),
  );
  if (!types.has("string") || others.length === 0) return [];
  return [
    {
      rule: "ambiguous-union",
      severity: "warning",
      pointer,
      detail: `Text may be a string here as well as ${others.join(" or ")}: it stays a string.`,
      fix: "Allow one of them only, or carry the value as JSON.",
    },
  ];
}

function withoutEncoding(pointer: string, name: string): Finding {
  const detail = `JSON has no raw octets, and ${JSON.stringify(name)} says no encoding: it is read as base64.`;
  return {
    rule: "json-file-without-encoding",
    severity: "warning",
    pointer,
    detail,
    fix: "Add `type: string` and `contentEncoding: base64`.",
  };
}

function noLimit(pointer: string, what: string): Finding {
  const detail = `${what} has no size limit of its own; the server's applies.`;
  return {
    rule: "file-without-limit",
    severity: "warning",
    pointer,
    detail,
    fix: "Add `maxLength`, in octets (in characters of the text where there is a contentEncoding).",
  };
}

function escapedName(pointer: string, name: string): Finding {
  const detail = `Browsers escape quotes and line breaks in the name ${JSON.stringify(name)}, so it will not be found.`;
  return {
    rule: "escaped-name",
    severity: "warning",
    pointer,
    detail,
    fix: "Choose a name without them, or serve with `unescapeNames`.",
  };
}

function formWithoutSchema(pointer: string): Finding {
  return {
    rule: "form-without-schema",
    severity: "error",
    pointer,
    detail: "A form without a schema says nothing of its parts.",
    fix: "Add `schema` with `properties`.",
  };
}
