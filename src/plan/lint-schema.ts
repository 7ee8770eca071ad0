// What is doubtful in a schema wherever it stands in a body: keywords that say nothing or contradict.
import { formatPointer } from "../base/pointer.js";
import type { Compiler } from "./compiler.js";
import { identityEncodings, textEncodings } from "./file-plan.js";
import type { Finding } from "./lint.js";

/** Each schema once, by the way that properties and items lead to it. */
export function lintSchema(
  compiler: Compiler,
  schema: unknown,
  pointer: string,
  seen = new Set<unknown>(),
): Finding[] {
  if (typeof schema !== "object" || schema === null || seen.has(schema)) return [];
  seen.add(schema);
  const { properties, items } = compiler.view(schema);
  return [
    ...lintKeywords(compiler, schema, pointer),
    ...[...properties].flatMap(([name, inner]) =>
      lintSchema(compiler, inner, pointer + formatPointer(["properties", name]), seen),
    ),
    ...lintSchema(compiler, items, `${pointer}/items`, seen),
  ];
}

function lintKeywords(compiler: Compiler, schema: object, pointer: string): Finding[] {
  const { contentEncoding, readOnly, writeOnly } = compiler.view(schema);
  const encoding = contentEncoding?.toLowerCase();
  const found: Finding[] = [];
  if (encoding !== undefined && !textEncodings.has(encoding) && !identityEncodings.has(encoding))
    found.push({
      rule: "unknown-encoding",
      severity: "warning",
      pointer: `${pointer}/contentEncoding`,
      detail: `The contentEncoding ${JSON.stringify(contentEncoding)} is not known: the value stays a text.`,
      fix: `Say one of ${[...textEncodings].join(", ")}.`,
    });
  if (readOnly && writeOnly)
    found.push({
      rule: "read-and-write-only",
      severity: "error",
      pointer,
      detail: "What is readOnly and writeOnly is neither sent nor shown (OAS 3.0.4 §4.7.24.2).",
      fix: "Remove one of the two.",
    });
  return found;
}
