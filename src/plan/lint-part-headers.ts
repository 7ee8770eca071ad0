// Header Objects of parts that say more than a Header Object can (OAS §4.8.21), or are ignored.
import { isObject, objectOr } from "../base/json.js";
import { formatPointer } from "../base/pointer.js";
import type { Compiler } from "./compiler.js";
import type { Finding } from "./lint.js";
import type { EncodingPlace } from "./lint-style.js";

export function lintPartHeaders(
  compiler: Compiler,
  { said, kind, pointer }: Pick<EncodingPlace, "said" | "kind" | "pointer">,
): Finding[] {
  const headers = Object.entries(objectOr(said["headers"]));
  return headers.flatMap(([name, node]) => {
    const at = pointer + formatPointer(["headers", name]);
    if (kind === "urlencoded")
      return [
        ignored(at, "Name-value pairs have no headers: `headers` counts in multipart bodies only."),
      ];
    if (name.toLowerCase() === "content-type")
      return [ignored(at, "A `Content-Type` among the headers is ignored: `contentType` says it.")];
    return faultsOf(objectOr(compiler.document.resolve(node).node)).map((detail): Finding => ({
      rule: "header-object",
      severity: "warning",
      pointer: at,
      detail,
      fix: "Remove it.",
    }));
  });
}

function ignored(pointer: string, detail: string): Finding {
  return { rule: "header-ignored", severity: "warning", pointer, detail, fix: "Remove it." };
}

function faultsOf(header: Readonly<Record<string, unknown>>): string[] {
  const { style = "simple", content } = header;
  const faults: string[] = [];
  for (const field of ["name", "in"])
    if (field in header)
      faults.push(`\`${field}\` has no place in a Header Object: the key is the name.`);
  if (style !== "simple")
    faults.push(
      `A header has the style \`simple\`, not ${JSON.stringify(style)}: that is how it is read.`,
    );
  if (!isObject(content)) return faults;
  if (header["schema"] !== undefined)
    faults.push("A header has `schema` or `content`, not both: `schema` counts.");
  if (Object.keys(content).length !== 1)
    faults.push("`content` of a header has one media type: the first counts.");
  return faults;
}
