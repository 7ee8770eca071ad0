// The error of a value that a body cannot carry.
import { WaybillError } from "../base/fault.js";

export function invalidValue(pointer: string, detail: string): WaybillError {
  return new WaybillError({ code: "invalid-value", detail, pointer });
}
