// What is doubtful of a request body before one looks at what it may be (OAS §4.8.10, §4.8.13). Cheap: told
// at every start as well.
import { objectOr } from "../base/json.js";
import type { Operation } from "../openapi/operation.js";
import { hasNoContent, isWithoutMeaning } from "./body-plan.js";
import type { Compiler } from "./compiler.js";
import type { Finding } from "./lint.js";

/** Throws DocumentError for a reference that names nothing. */
export function lintRequestBody({ document }: Compiler, operation: Operation): Finding[] {
  if (operation.node["requestBody"] === undefined) return [];
  const pointer = `${operation.pointer}/requestBody`;
  const body = objectOr(document.resolve(operation.node["requestBody"]).node);
  const found: Finding[] = [];
  if (isWithoutMeaning(operation)) {
    const { method } = operation;
    const detail = document.rules.bodyOnEveryMethod
      ? `A request body has no meaning that is agreed on in ${method} (RFC 9110 §9.3); some senders and proxies drop it.`
      : `A request body is ignored in ${method} (OAS 3.0 §4.7.10).`;
    const fix = "Use parameters, or another method.";
    found.push({ rule: "body-without-meaning", severity: "warning", pointer, detail, fix });
  }
  if (hasNoContent(body)) {
    found.push({
      rule: "body-without-content",
      severity: "warning",
      pointer,
      detail: "The request body names no media type: whatever is sent is ignored.",
      fix: "Add an entry to `content`, or remove `requestBody`.",
    });
  }
  return found;
}
