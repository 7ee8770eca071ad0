// What can be wrong with a resource that a request names.
import { WaybillError } from "../base/fault.js";
import { formatPointer } from "../base/pointer.js";

export function notFound(id: string): WaybillError {
  return new WaybillError({
    code: "not-found",
    detail: `There is no resource ${JSON.stringify(id)} here.`,
  });
}

// Only where the database lets transactions run side by side.
export function changedMeanwhile(): WaybillError {
  const detail = "The resource was changed by another request at the same time; send it again.";
  return new WaybillError({ code: "conflict", detail });
}

export function noFile(property: string): WaybillError {
  return new WaybillError({
    code: "not-found",
    detail: `There is no such file in ${formatPointer([property])}.`,
  });
}

export function idTaken(id: string, cause: WaybillError): WaybillError {
  return new WaybillError(
    { code: "conflict", detail: `The id ${JSON.stringify(id)} is taken.` },
    { cause },
  );
}
