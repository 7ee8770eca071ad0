// A COMMIT whose answer never came: the change may have been made, or may be yet, where it is still on its way. Whoever
// undoes what belongs to a change that failed must leave it alone then.
import { isWaybillError } from "../base/fault.js";

export class UncertainCommitError extends Error {
  /** Of the server's process that was to make it. */
  readonly processId: number;

  constructor(cause: unknown, processId: number) {
    super("The connection was lost during COMMIT.", { cause });
    this.name = "UncertainCommitError";
    this.processId = processId;
  }
}

/** Whether what failed with this may have been done all the same, or will be. */
export function mayBeCommitted(error: unknown): boolean {
  return isWaybillError(error) && error.cause instanceof UncertainCommitError;
}
