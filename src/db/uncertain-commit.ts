// A COMMIT whose answer never came: the change may have been made. Whoever undoes what belongs to a change that failed
// must leave it alone then.
import { isWaybillError } from "../base/fault.js";

export class UncertainCommitError extends Error {
  constructor(cause: unknown) {
    super("The connection was lost during COMMIT.", { cause });
    this.name = "UncertainCommitError";
  }
}

/** Whether what failed with this may have been done all the same. */
export function mayBeCommitted(error: unknown): boolean {
  return isWaybillError(error) && error.cause instanceof UncertainCommitError;
}
