// A value that fits a schema, for examples that people can run: the document's own example where it
// has one, else the plainest value. No randomness.
import { isObject, numberOr, objectOr, setOwn } from "../base/json.js";
import type { Compiler } from "./compiler.js";

type SchemaView = ReturnType<Compiler["view"]>;

/** A text of each `format` that is known (JSON Schema 2020-12 §7.3, and those of other times). */
export const sampleFormats: Readonly<Record<string, string>> = {
  date: "2026-01-31",
  time: "12:30:00Z",
  "date-time": "2026-01-31T12:30:00Z",
  duration: "P1D",
  email: "ada@example.com",
  hostname: "example.com",
  ipv4: "192.0.2.1",
  ipv6: "2001:db8::1",
  uri: "https://example.com/",
  "uri-reference": "/example",
  url: "https://example.com/",
  iri: "https://example.com/",
  "iri-reference": "/example",
  "uri-template": "/{id}",
  "idn-email": "ada@example.com",
  uuid: "00000000-0000-4000-8000-000000000000",
  regex: "^a$",
  "json-pointer": "/a",
  "relative-json-pointer": "1/a",
  "iso-time": "12:30:00Z",
  "iso-date-time": "2026-01-31T12:30:00Z",
};

const depthMax = 5;
/** An example of more is read by nobody; schemas that lead to each other would have no end of them. */
const nodesMax = 500;
const itemsMax = 10;

/** Which way the value goes: what is read-only is in responses only, what is write-only in requests. */
export type SampleUse = "request" | "response";

/** Undefined where nothing is known to fit. */
export function sampleValue(
  compiler: Compiler,
  schema: unknown,
  use: SampleUse = "request",
): unknown {
  return sampleAt({ compiler, use, left: nodesMax, above: new Set() }, schema, 0);
}

interface Sampling {
  readonly compiler: Compiler;
  readonly use: SampleUse;
  left: number;
  /** Schemas that the value at hand is within. */
  readonly above: Set<unknown>;
}

function sampleAt(sampling: Sampling, schema: unknown, depth: number): unknown {
  const { compiler, above } = sampling;
  const { node } = compiler.document.resolve(schema);
  const view = compiler.view(schema);
  const given = givenValue(node) ?? view.enum?.[0];
  if (given !== undefined) return given;
  if (depth > depthMax || view.never || above.has(node) || sampling.left-- <= 0) return undefined;
  above.add(node);
  try {
    const type = typeOf(view);
    const inner = (each: unknown): unknown => sampleAt(sampling, each, depth + 1);
    if (type === undefined && view.branches.length > 0) return inner(view.branches[0]);
    if (type === "object") return sampleObject(sampling, view, inner);
    return type === "array" ? sampleArray(view, schema, inner) : sampleScalar(type, view, schema);
  } finally {
    above.delete(node);
  }
}

function givenValue(schema: unknown): unknown {
  if (!isObject(schema)) return undefined;
  const examples = schema["examples"];
  return (
    schema["const"] ??
    schema["example"] ??
    (Array.isArray(examples) ? examples[0] : undefined) ??
    schema["default"]
  );
}

function typeOf(view: SchemaView): string | undefined {
  const types = [...(view.types ?? [])].filter((type) => type !== "null");
  if (types.length > 0) return types[0];
  if (view.properties.size > 0) return "object";
  return view.items === undefined ? undefined : "array";
}

type SampleInner = (schema: unknown) => unknown;

function sampleObject({ compiler, use }: Sampling, view: SchemaView, inner: SampleInner): object {
  const value = {};
  for (const [name, schema] of view.properties) {
    const { readOnly, writeOnly } = compiler.view(schema);
    if (use === "request" ? readOnly : writeOnly) continue;
    const sample = inner(schema);
    if (sample !== undefined) setOwn(value, name, sample);
  }
  return value;
}

function sampleArray(view: SchemaView, schema: unknown, inner: SampleInner): unknown[] | undefined {
  const item = inner(view.items ?? {});
  const least = numberOr(objectOr(schema)["minItems"], 1);
  if (least > itemsMax) return undefined;
  return item === undefined ? [] : Array.from({ length: Math.max(1, least) }, () => item);
}

function sampleScalar(type: string | undefined, view: SchemaView, schema: unknown): unknown {
  const node = objectOr(schema);
  if (type === "boolean") return true;
  if (type === "integer" || type === "number") return numberIn(node);
  if (type !== "string") return undefined;
  const known = view.format === undefined ? undefined : sampleFormats[view.format];
  const text = known ?? (view.contentMediaType?.endsWith("json") ? "{}" : "example");
  const least = numberOr(node["minLength"], 0);
  const sample = text
    .padEnd(Math.min(least, 1000), "x")
    .slice(0, known === undefined ? (view.maxLength ?? Infinity) : undefined);
  return fitsPattern(sample, node["pattern"]) ? sample : undefined;
}

function fitsPattern(sample: string, pattern: unknown): boolean {
  if (typeof pattern !== "string") return true;
  try {
    return new RegExp(pattern, "u").test(sample);
  } catch {
    return true; // what is no pattern asserts nothing
  }
}

function numberIn(node: Readonly<Record<string, unknown>>): number {
  const { minimum, maximum, exclusiveMinimum } = node;
  const least =
    typeof exclusiveMinimum === "number"
      ? exclusiveMinimum + 1
      : typeof minimum === "number"
        ? minimum
        : 1;
  return typeof maximum === "number" ? Math.min(least, maximum) : least;
}
