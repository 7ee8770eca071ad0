// What the built-in acts take in a body beyond what its schema allows, where a resource may be a draft.
import type { Fault } from "../base/fault.js";
import { ReceivedFile } from "../base/file-reference.js";
import { isObject } from "../base/json.js";
import type { OperationPlan } from "../plan/plan.js";
import type { OperationRun } from "./operation-run.js";
import { isNameless } from "./principal-key.js";
import { excuseInBody, withoutState } from "../resource/drafts.js";

/** Undefined where nothing is excused. Who would not be known again can have no draft: the schema holds as it stands. */
export function excuseOf({
  plan: { act, collection },
  principal,
}: Pick<OperationRun, "plan" | "principal">): ((fault: Fault) => boolean) | undefined {
  const mayBeDraft = act.kind === "create" && !isNameless(principal);
  return collection && excuseInBody(collection, mayBeDraft ? "create" : "other");
}

/** The value without the state that a draft was read with. */
export function withoutDraftState({ collection }: OperationPlan, value: unknown): unknown {
  const isMembers = isObject(value) && !(value instanceof ReceivedFile);
  return collection?.drafts && isMembers ? withoutState(collection, value) : value;
}
