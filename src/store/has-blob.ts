import { isWaybillError } from "../base/fault.js";
import type { Store } from "./store.js";

/** Rejects when the store does not answer. */
export async function hasBlob(store: Pick<Store, "open">, key: string): Promise<boolean> {
  try {
    await (await store.open(key)).close();
    return true;
  } catch (error) {
    if (isMissing(error)) return false;
    throw error;
  }
}

export function isMissing(error: unknown): boolean {
  return isWaybillError(error) && error.code === "not-found";
}
