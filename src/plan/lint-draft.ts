// What is wrong with `x-draft-expires`: how long a resource may miss files which it needs.
import { WaybillError } from "../base/fault.js";
import { objectOr } from "../base/json.js";
import type { Compiler } from "./compiler.js";
import { parseDraftExpires } from "./draft-plan.js";
import type { Finding } from "./lint-finding.js";
import type { OperationPlan } from "./plan.js";

/** Of creates: nothing else makes drafts. */
export function lintDraft(compiler: Compiler, plan: OperationPlan): Finding[] {
  const { act, operation } = plan;
  if (act.kind !== "create") return [];
  const body = objectOr(compiler.document.resolve(operation.node["requestBody"]).node);
  const schemas = Object.values(objectOr(body["content"])).map(
    (media) => objectOr(compiler.document.resolve(media).node)["schema"] ?? {},
  );
  const shown = shownBy(plan) ?? {};
  const found = new Map<string, Finding>();
  for (const schema of [shown, ...compiler.view(shown).branches, ...schemas]) {
    const { draftExpires, component } = compiler.view(schema);
    if (draftExpires === undefined) continue;
    const pointer =
      component === undefined
        ? operation.pointer
        : `/components/schemas/${component}/x-draft-expires`;
    if (parseDraftExpires(draftExpires) === undefined)
      found.set(pointer, notUsable(pointer, draftExpires));
    else if (draftExpires !== false && !plan.collection?.drafts)
      found.set(pointer, withoutDrafts(pointer));
  }
  return [...found.values()];
}

// No request needs a response that cannot be read.
function shownBy(plan: OperationPlan): unknown {
  try {
    return plan.response.schema;
  } catch (error) {
    if (error instanceof WaybillError) return undefined;
    throw error;
  }
}

function notUsable(pointer: string, said: unknown): Finding {
  return {
    rule: "draft-expires",
    severity: "error",
    pointer,
    detail: `${JSON.stringify(said)} is no duration of a fixed length, up to ten years: drafts expire after 24 hours.`,
    fix: "Say it in weeks, or in days, hours, minutes and seconds, such as `PT24H` or `P7D`; or `false` for no drafts.",
  };
}

function withoutDrafts(pointer: string): Finding {
  return {
    rule: "draft-expires",
    severity: "warning",
    pointer,
    detail: "There are no drafts: no file is required that could be put afterwards.",
    fix: "Remove it, or require the file and add `PUT …/{id}/{property}`.",
  };
}
