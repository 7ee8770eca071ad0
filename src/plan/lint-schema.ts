// What is doubtful in a schema wherever it stands in a body: keywords that say nothing or contradict.
import type { Compiler } from "./compiler.js";
import { identityEncodings, textEncodings } from "./file-plan.js";
import { saying, type Finding } from "./lint-finding.js";
import { keywordPlace, walkSchema, type SchemaPlace } from "./schema-place.js";

export function lintSchema(compiler: Compiler, place: SchemaPlace): Finding[] {
  return walkSchema(compiler, place, "").flatMap((each) => lintKeywords(compiler, each));
}

function lintKeywords(compiler: Compiler, place: SchemaPlace): Finding[] {
  const { contentEncoding, readOnly, writeOnly, fileUrl } = compiler.view(place.schema);
  const encoding = contentEncoding?.toLowerCase();
  const found: Finding[] = [];
  if (encoding !== undefined && !textEncodings.has(encoding) && !identityEncodings.has(encoding)) {
    const at = keywordPlace(compiler, place, "contentEncoding");
    const detail = `The contentEncoding ${JSON.stringify(contentEncoding)} is not known: the value stays a text.`;
    const fix = `Say one of ${[...textEncodings].join(", ")}.`;
    found.push(saying("unknown-encoding")(at, detail, fix));
  }
  if (fileUrl !== undefined && fileUrl !== "import" && fileUrl !== "reference") {
    const at = keywordPlace(compiler, place, "x-file-url");
    const detail = `${JSON.stringify(fileUrl)} says nothing of files by URL: they are brought in.`;
    found.push(saying("file-url", "error")(at, detail, "Say `import` or `reference`."));
  }
  if (readOnly && writeOnly) {
    const detail =
      "What is readOnly and writeOnly is neither sent nor shown (OAS 3.0.4 §4.7.24.2).";
    const fix = "Remove one of the two.";
    found.push(saying("read-and-write-only", "error")(place.pointer, detail, fix));
  }
  return found;
}
