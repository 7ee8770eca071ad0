// `maxItems` of an array of files, held before the file that is one too many is stored.
import { WaybillError, type PartPlace } from "../base/fault.js";
import { formatPointer, type PointerStep } from "../base/pointer.js";
import type { PropertyPlan } from "../plan/property-plan.js";
import type { BodyContext } from "./body-context.js";
import { noteFaults } from "./fault-list.js";

/** `count` files of the property are there. Throws `too-many-files` when one more may not be. */
export function checkFileCount(plan: PropertyPlan, count: number): void {
  const { many, itemsMax, carried } = plan;
  if (carried !== "file" || many === "one" || itemsMax === undefined) return;
  // Where one file may stand by itself, the first says nothing of an array.
  if (count < (many === "either" ? Math.max(1, itemsMax) : itemsMax)) return;
  throw tooManyFiles(itemsMax, many === "either" ? formatPointer([count]) : "");
}

/** The same for the file at one step of a JSON value; `itemsMax` is its array's. */
export function checkPosition(
  { faults }: Pick<BodyContext, "faults">,
  step: PointerStep | undefined,
  itemsMax: number | undefined,
  place: { readonly pointer: string; readonly part?: PartPlace | undefined },
): void {
  if (itemsMax !== undefined && Number(step) >= itemsMax)
    noteFaults(faults, tooManyFiles(itemsMax), place);
}

function tooManyFiles(value: number, pointer = ""): WaybillError {
  return new WaybillError({
    code: "too-many-files",
    detail: `There are more than ${value} files.`,
    pointer,
    limit: { name: "maxItems", value },
  });
}
