// What an act is about: the resource that the path names, the resources above it, and whether the
// request's conditions let it be touched.
import { WaybillError } from "../base/fault.js";
import type { CollectionPlan } from "../plan/collection-plan.js";
import { parametersOf } from "../plan/path-template.js";
import { collectionRef, type CollectionRef } from "../resource/collection-ref.js";
import type { Change, CheckedChange, ResourceName, ResourceState } from "../resource/resources.js";
import { parseId } from "../resource/server-fields.js";
import { collectionOf, pathValues, type OperationRun } from "./operation-run.js";
import { checkPreconditions, hasCondition, type Validators } from "./preconditions.js";
import { resourceEtag } from "./representation.js";

export function findResource(run: OperationRun): Promise<ResourceState> {
  return run.resources.find(itemCollection(run), itemId(run));
}

// The collection's own parameters come first, then the resource's id, then that of one file.
export function itemCollection(run: OperationRun): CollectionRef {
  return collectionOf(run, pathValues(run).length - (isOneOfMany(run) ? 2 : 1));
}

/** Throws `not-found` for what can be no id here. */
export function itemId(run: OperationRun): string {
  const { collection } = run.plan;
  if (!collection) throw new Error("The operation has no collection.");
  return idOf(collection, pathValues(run).at(isOneOfMany(run) ? -2 : -1) ?? "");
}

export function isOneOfMany({ plan }: OperationRun): boolean {
  return "oneOfMany" in plan.act && plan.act.oneOfMany;
}

/** Resources named above the collection in the path, the outermost first. */
export function parentsOf(run: OperationRun): ResourceName[] {
  const values = pathValues(run);
  return run.plan.parents.map((plan) => {
    const count = parametersOf(plan.path).length;
    return {
      collection: collectionRef(plan, values.slice(0, count)).key,
      id: idOf(plan, values[count] ?? ""),
    };
  });
}

/** Only while the resource fits If-Match and its kin. */
export function checkResource(run: OperationRun): (state: ResourceState) => void {
  return (state) =>
    checkChange(run, { etag: resourceEtag(state), modifiedMs: state.row.updatedAt });
}

/** Throws `precondition-failed`, and `precondition-required` where a change needs one and has none. */
export function checkChange(
  { request, requireConditions }: OperationRun,
  current: Validators | undefined,
): void {
  if (checkPreconditions(request, current) === "failed") throw preconditionFailed();
  // A POST adds to what is there, and changes nothing that somebody else may have changed.
  const isChange = current !== undefined && request.method !== "POST";
  if (requireConditions && isChange && !hasCondition(request)) throw preconditionRequired();
}

export function changeOf(run: OperationRun, check?: Change["check"]): Change {
  const bind: Change["bind"] = (sql, file, nowMs) => run.files.bind(sql, file.reference.id, nowMs);
  return { bind, ...(check ? { check } : {}) };
}

/** A change of a part, after which the whole must still fit its schema. */
export function checkedChangeOf(run: OperationRun, check: Change["check"]): CheckedChange {
  const validate = run.validators.of(run.plan.collection?.whole?.schema);
  return {
    ...changeOf(run, check),
    validate: (whole, isExcused) => validate(whole, { isExcused }),
  };
}

export function preconditionFailed(): WaybillError {
  return new WaybillError({
    code: "precondition-failed",
    detail: "It has changed, or is not as the request requires.",
  });
}

function preconditionRequired(): WaybillError {
  const detail = "Say which version is meant: with the ETag that was read, in If-Match.";
  return new WaybillError({ code: "precondition-required", detail });
}

function idOf(plan: CollectionPlan, said: string): string {
  const id = parseId(plan, said);
  if (id !== undefined) return id;
  throw new WaybillError({
    code: "not-found",
    detail: `${JSON.stringify(said)} is no id of a resource here.`,
  });
}
