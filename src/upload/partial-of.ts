// The part of a store that takes blobs in several sittings, where it has one.
import { WaybillError } from "../base/fault.js";
import type { PartialBlobs, Store } from "../store/store.js";

/** Throws `not-implemented`. */
export function partialOf({ partial }: Store): PartialBlobs {
  if (partial) return partial;
  const detail = "The storage takes no uploads in several requests.";
  throw new WaybillError({ code: "not-implemented", detail });
}
