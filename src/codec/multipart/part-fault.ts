// How the readers of a part's headers report a fault without knowing where in the body they are.
import type { Fault, FaultCode, WaybillError } from "../../base/fault.js";

/** Makes the error of a fault in the current part; `at` counts octets from its first header line. */
export type PartFault = (
  code: FaultCode,
  detail: string,
  at: number,
  limit?: NonNullable<Fault["limit"]>,
) => WaybillError;
