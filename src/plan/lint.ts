// What is wrong, doubtful or surprising in how a document describes bodies, each with its place and a
// way to mend it. Looks at one operation at a time.
import { WaybillError } from "../base/fault.js";
import { objectOr } from "../base/json.js";
import { parseMediaTypes } from "../base/media-type.js";
import { formatPointer } from "../base/pointer.js";
import { DocumentError } from "../openapi/document-error.js";
import type { Operation } from "../openapi/operation.js";
import type { Compiler } from "./compiler.js";
import { lintContent, lintJson, lintJsonFile, lintSize, lintUnion } from "./lint-content.js";
import { lintDraft } from "./lint-draft.js";
import { lintGhosts, lintIgnoredEncoding } from "./lint-encoding.js";
import { saying, type Finding } from "./lint-finding.js";
import { lintPartHeaders } from "./lint-part-headers.js";
import type { FormPlan, MediaTypePlan } from "./media-type-plan.js";
import type { OperationPlan } from "./plan.js";
import type { FormKind, PropertyPlan } from "./property-plan.js";
import { lintRequestBody } from "./lint-request-body.js";
import { lintSchema } from "./lint-schema.js";
import { lintSequence } from "./lint-sequence.js";
import { lintStyle } from "./lint-style.js";
import { lintXml } from "./lint-xml.js";
import { memberPlace, type SchemaPlace } from "./schema-place.js";

export type { Finding, LintRule } from "./lint-finding.js";

type Node = Readonly<Record<string, unknown>>;

/** Findings of one operation, in the order of the document. */
export function lintOperation(compiler: Compiler, plan: OperationPlan): Finding[] {
  const { operation } = plan;
  if (operation.trouble !== undefined) return [unusable(operation, operation.trouble)];
  try {
    void plan.querystring; // throws where it cannot be
    return [
      ...lintRequestBody(compiler, operation),
      ...lintDraft(compiler, plan),
      ...lintRequest(compiler, plan),
      ...lintResponses(compiler, operation),
    ];
  } catch (error) {
    if (!(error instanceof WaybillError || error instanceof DocumentError)) throw error;
    return [unusable(operation, error.message)];
  }
}

function unusable({ pointer }: Operation, detail: string): Finding {
  return saying("unusable", "error")(pointer, detail, "Mend what it names.");
}

function lintRequest(compiler: Compiler, { operation, body }: OperationPlan): Finding[] {
  const at = `${operation.pointer}/requestBody`;
  const { node, pointer } = resolved(compiler, operation.node["requestBody"], at);
  return Object.entries(objectOr(node["content"])).flatMap(([key, value]) => {
    const media = resolved(compiler, value, pointer + formatPointer(["content", key]));
    const plan = body?.media.find((each) => isKeyOf(key, each));
    if (plan) return lintMedia(compiler, plan, media.node, media.pointer);
    if (parseMediaTypes(key).length > 0) return [];
    const detail = `${JSON.stringify(key)} is no media type, and is passed over.`;
    return [saying("not-a-media-type", "error")(media.pointer, detail, "Say `type/subtype`.")];
  });
}

// Up to 3.1 Encoding Objects count in requests only (OAS 3.1 §4.8.14, `encoding`).
function lintResponses(compiler: Compiler, operation: Operation): Finding[] {
  if (compiler.document.rules.sequences) return [];
  return Object.entries(objectOr(operation.node["responses"])).flatMap(([status, response]) => {
    const pointer = operation.pointer + formatPointer(["responses", status]);
    try {
      return lintResponse(compiler, response, pointer);
    } catch (error) {
      // A response that refers to nothing keeps no request from being read.
      if (error instanceof DocumentError) return [];
      throw error;
    }
  });
}

function lintResponse(compiler: Compiler, response: unknown, place: string): Finding[] {
  const { node, pointer } = resolved(compiler, response, place);
  return Object.entries(objectOr(node["content"])).flatMap(([key, value]) => {
    const media = resolved(compiler, value, pointer + formatPointer(["content", key]));
    const why = "`encoding` counts in requests only (OAS §4.8.14).";
    return lintIgnoredEncoding(media.node, media.pointer, why);
  });
}

function resolved(
  compiler: Compiler,
  node: unknown,
  pointer: string,
): { node: Node; pointer: string } {
  const found = compiler.document.resolve(node);
  const at = found.ref?.startsWith("#") ? found.ref.slice(1) : found.ref;
  return { node: objectOr(found.node), pointer: at ?? pointer };
}

function isKeyOf(key: string, { range }: MediaTypePlan): boolean {
  const [media] = parseMediaTypes(key);
  return media !== undefined && media.type === range.type && media.subtype === range.subtype;
}

function lintMedia(
  compiler: Compiler,
  plan: MediaTypePlan,
  node: Node,
  pointer: string,
): Finding[] {
  const place = { schema: node["schema"], pointer: `${pointer}/schema` };
  const { body, range } = plan;
  const found = [...lintSequence(compiler, plan, node, pointer), ...lintSchema(compiler, place)];
  if (range.type === "multipart" && place.schema === undefined && node["itemSchema"] === undefined)
    found.push(formWithoutSchema(pointer));
  if ("form" in body) {
    const form = { plan: body.form, kind: body.kind, encoding: objectOr(node["encoding"]) };
    return [...found, ...lintForm(compiler, form, place, `${pointer}/encoding`)];
  }
  const why =
    body.kind === "positional"
      ? "`encoding` goes by name, but the parts of an array go by position (OAS 3.2 §4.14.5)."
      : "`encoding` counts in multipart and urlencoded bodies only (OAS §4.8.14).";
  found.push(...lintIgnoredEncoding(node, pointer, why));
  if (body.kind === "xml") found.push(...lintXml(compiler, body.xml, place.schema, place.pointer));
  if (body.kind === "json") found.push(...lintJson(compiler, place, "body"));
  if (body.kind === "raw") {
    const at = place.schema === undefined ? pointer : place.pointer;
    found.push(...lintSize(at, "The body", body.file));
  }
  return found;
}

function formWithoutSchema(pointer: string): Finding {
  const detail = "A form without a schema says nothing of its parts.";
  return saying("form-without-schema", "error")(pointer, detail, "Add `schema` with `properties`.");
}

interface LintedForm {
  readonly plan: FormPlan;
  readonly kind: FormKind;
  readonly encoding: Node;
}

function lintForm(
  compiler: Compiler,
  { plan, kind, encoding }: LintedForm,
  place: SchemaPlace,
  encodingAt: string,
): Finding[] {
  const { types } = compiler.view(place.schema ?? {});
  const found = types && !types.has("object") ? [formWithoutObject(place.pointer, types)] : [];
  for (const [name, property] of plan.properties) {
    const said = objectOr(compiler.document.resolve(encoding[name]).node);
    const pointer = encodingAt + formatPointer([name]);
    const at = memberPlace(compiler, place, ["properties", name]);
    if (at) found.push(...lintProperty(compiler, property, kind, at));
    const encoded = { plan: property, schema: at?.schema ?? {}, kind, said, pointer };
    found.push(...lintStyle(compiler, encoded), ...lintPartHeaders(compiler, encoded));
  }
  found.push(...lintGhosts(compiler, encoding, (name) => plan.properties.has(name), encodingAt));
  return found;
}

function formWithoutObject(pointer: string, types: ReadonlySet<string>): Finding {
  const detail = `A form is an object, and the schema says ${[...types].join(", ")}: no body fits.`;
  const fix = "Say `type: object`, with a property for each part.";
  return saying("form-without-object", "error")(pointer, detail, fix);
}

function lintProperty(
  compiler: Compiler,
  plan: PropertyPlan,
  kind: FormKind,
  place: SchemaPlace,
): Finding[] {
  const { name, file } = plan;
  const one = plan.many === "one" ? place : (memberPlace(compiler, place, ["items"]) ?? place);
  const found = plan.carried === "json" ? [] : lintContent(compiler, one, name, file);
  if (file && kind === "urlencoded") found.push(...lintJsonFile(compiler, one, name));
  if (plan.carried === "text" || plan.style) found.push(...lintUnion(compiler, one));
  if (plan.carried === "xml" && plan.xml)
    found.push(...lintXml(compiler, plan.xml, place.schema, place.pointer));
  if (plan.carried === "json") found.push(...lintJson(compiler, one, name));
  if (/["\r\n]/.test(name)) found.push(escapedName(place.pointer, name));
  return found;
}

function escapedName(pointer: string, name: string): Finding {
  const detail = `Browsers escape quotes and line breaks in the name ${JSON.stringify(name)}, so it will not be found.`;
  return saying("escaped-name")(
    pointer,
    detail,
    "Choose a name without them, or serve with `unescapeNames`.",
  );
}
