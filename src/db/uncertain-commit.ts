// A COMMIT whose answer never came: the change may have been made.

export class UncertainCommitError extends Error {
  /** Of the server's process that was to make it. */
  readonly processId: number;

  constructor(cause: unknown, processId: number) {
    super("The connection was lost during COMMIT.", { cause });
    this.name = "UncertainCommitError";
    this.processId = processId;
  }
}
