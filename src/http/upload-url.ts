// Where an upload is, as a URL and as the path of a request says it.
import { pathValues, type OperationRun } from "./operation-run.js";

/** Of one that was made by the request. */
export function uploadUrl({ base, plan, uploadsPath }: OperationRun, id: string): string {
  const isUploads = plan.act.kind === "stage-upload";
  const path = isUploads ? plan.operation.path : (uploadsPath() ?? "");
  return `${base}${path.replace(/\/$/, "")}/${id}`;
}

export function uploadId(run: OperationRun): string {
  return pathValues(run).at(-1) ?? "";
}
