// Encoding Objects (OAS §4.8.15) that do not count where they stand.
import { objectOr } from "../base/json.js";
import { formatPointer } from "../base/pointer.js";
import type { Compiler } from "./compiler.js";
import { saying, type Finding } from "./lint-finding.js";

type Node = Readonly<Record<string, unknown>>;

/** `why` says where they stand. */
export function lintIgnoredEncoding(node: Node, pointer: string, why: string): Finding[] {
  return Object.keys(objectOr(node["encoding"])).map((name) =>
    saying("encoding-ignored")(pointer + formatPointer(["encoding", name]), why, "Remove it."),
  );
}

/** Encoding Objects that no property has. */
export function lintGhosts(
  { document }: Compiler,
  encoding: Node,
  known: (name: string) => boolean,
  pointer: string,
): Finding[] {
  const ghosts = Object.keys(encoding).filter((name) => !known(name));
  // "The key MUST exist in the schema as a property" up to 3.1; "ignored" since (OAS 3.2 §4.14.1).
  const severity = document.rules.sequences ? "warning" : "error";
  return ghosts.map((name) =>
    saying("encoding-without-property", severity)(
      pointer + formatPointer([name]),
      `There is no property ${JSON.stringify(name)} in the schema.`,
      `Add the property, or remove \`encoding.${name}\`.`,
    ),
  );
}
