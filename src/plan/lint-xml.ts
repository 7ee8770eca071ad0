// What is wrong or surprising in how a document describes XML (OAS §4.26 XML Object).
import { arrayOr, isObject, objectOr } from "../base/json.js";
import { formatPointer } from "../base/pointer.js";
import { encodeXmlName } from "../base/xml-name.js";
import type { Compiler } from "./compiler.js";
import type { Finding } from "./lint.js";
import type { XmlPlan } from "./xml-plan.js";

/** Of a body or part in XML; `pointer` is the schema's. */
export function lintXml(
  compiler: Compiler,
  { name, node }: XmlPlan,
  schema: unknown,
  pointer: string,
): Finding[] {
  const { xmlNodeTypes } = compiler.document.rules;
  const nameless = name === undefined && node === "element";
  const root = nameless ? [withoutName(pointer, xmlNodeTypes)] : [];
  return [...root, ...lintNodes(compiler, schema, pointer)];
}

interface Found {
  readonly schema: unknown;
  readonly pointer: string;
}

// Every schema that has a part in the value, each once, where it stands.
function lintNodes(compiler: Compiler, schema: unknown, pointer: string): Finding[] {
  const findings: Finding[] = [];
  const seen = new Set<unknown>();
  const queue: Found[] = [{ schema, pointer }];
  for (let found = queue.shift(); found; found = queue.shift()) {
    if (seen.has(found.schema) || !isObject(found.schema)) continue;
    seen.add(found.schema);
    findings.push(...lintNode(compiler, found.schema, found.pointer));
    queue.push(...innerOf(compiler, found.schema, found.pointer));
  }
  return findings;
}

function innerOf(
  compiler: Compiler,
  schema: Readonly<Record<string, unknown>>,
  pointer: string,
): Found[] {
  const at = (...steps: (string | number)[]): string => pointer + formatPointer(steps);
  const listed = ["allOf", "anyOf", "oneOf", "prefixItems"].flatMap((key) =>
    arrayOr(schema[key]).map((each, index) => ({ schema: each, pointer: at(key, index) })),
  );
  const named = Object.entries(objectOr(schema["properties"])).map(([name, each]) => ({
    schema: each,
    pointer: at("properties", name),
  }));
  const items = "items" in schema ? [{ schema: schema["items"], pointer: at("items") }] : [];
  const { node, ref } = compiler.document.resolve(schema);
  const target = ref?.startsWith("#/") ? [{ schema: node, pointer: ref.slice(1) }] : [];
  return [...target, ...listed, ...named, ...items];
}

function lintNode(
  compiler: Compiler,
  schema: Readonly<Record<string, unknown>>,
  pointer: string,
): Finding[] {
  const xml = objectOr(schema["xml"]);
  const { namespace, nodeType } = xml;
  const found: Finding[] = [];
  if (typeof namespace === "string" && !URL.canParse(namespace))
    found.push(relative(`${pointer}/xml/namespace`, namespace));
  const twice = ["attribute", "wrapped"].filter((field) => field in xml);
  if (compiler.document.rules.xmlNodeTypes && nodeType !== undefined && twice.length > 0)
    found.push(saidTwice(`${pointer}/xml`, twice));
  for (const [name, property] of Object.entries(objectOr(schema["properties"]))) {
    const own = compiler.view(property).xml["name"];
    const said = typeof own === "string" ? own : name;
    if (encodeXmlName(said) === said) continue;
    found.push(escapedName(pointer + formatPointer(["properties", name]), said));
  }
  return found;
}

function withoutName(pointer: string, required: boolean): Finding {
  return {
    rule: "xml-without-name",
    severity: required ? "error" : "warning",
    pointer,
    detail: "The root element has no name: any is taken.",
    fix: "Add `xml: { name: … }`, or make the schema a component.",
  };
}

function relative(pointer: string, namespace: string): Finding {
  return {
    rule: "xml-namespace-relative",
    severity: "error",
    pointer,
    detail: `The namespace ${JSON.stringify(namespace)} is no absolute IRI (OAS §4.26).`,
    fix: "Say it with its scheme, `https://…` or `urn:…`.",
  };
}

function saidTwice(pointer: string, fields: readonly string[]): Finding {
  return {
    rule: "xml-node-said-twice",
    severity: "error",
    pointer,
    detail: `\`nodeType\` excludes \`${fields.join("` and `")}\`; \`nodeType\` counts.`,
    fix: `Remove \`${fields.join("` and `")}\`.`,
  };
}

function escapedName(pointer: string, name: string): Finding {
  return {
    rule: "xml-name-escaped",
    severity: "warning",
    pointer,
    detail: `${JSON.stringify(name)} is no name in XML: it is written and read as <${encodeXmlName(name)}>.`,
    fix: "Say another one with `xml: { name: … }`.",
  };
}
