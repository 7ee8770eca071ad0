// Where in a body a part stands, for the faults of it.
import { isWaybillError, type PartPlace, WaybillError } from "../../base/fault.js";
import type { PartHead } from "./part-head.js";

export function placeOf({ name, index, offset }: PartHead): PartPlace {
  return { ...(name !== undefined && { name }), index, offset };
}

/** Of a part in a body that is itself in a part: which one is told by that, where by its own octet. */
export function placeWithin(head: PartHead, within: PartPlace | undefined): PartPlace {
  return within === undefined ? placeOf(head) : { ...within, offset: head.offset };
}

/** Runs what may find a fault that does not know its part; that of a nested body is of the part around it. */
export function placeFaults<T>(head: PartHead, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (!isWaybillError(error)) throw error;
    const [first, ...more] = error.faults;
    const part = placeOf(head);
    throw new WaybillError([{ ...first, part }, ...more.map((fault) => ({ ...fault, part }))]);
  }
}
