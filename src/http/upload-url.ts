// Where an upload is, as a URL and as the path of a request says it.
import { pathValues, type OperationRun } from "./operation-run.js";

/** Of one that was made by the request. */
export function uploadUrl({ base, plan }: OperationRun, id: string): string {
  return `${base}${plan.operation.path.replace(/\/$/, "")}/${id}`;
}

export function uploadId(run: OperationRun): string {
  return pathValues(run).at(-1) ?? "";
}
