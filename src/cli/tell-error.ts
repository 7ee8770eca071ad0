import { WaybillError } from "../base/fault.js";
import { DocumentError } from "../openapi/document-error.js";

/** On stderr: what the user can mend in a line; anything else is a bug, and its stack is wanted. */
export function tellError(error: unknown): void {
  const known =
    error instanceof DocumentError ||
    error instanceof WaybillError ||
    error instanceof TypeError ||
    isSystemError(error);
  console.error(known ? `waybill: ${error.message}` : error);
}

function isSystemError(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && "code" in error && typeof error.code === "string";
}
