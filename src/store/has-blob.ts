// Whether a store has a blob; it says so by opening it.
import { isNotFound } from "../base/fault.js";
import type { Store } from "./store.js";

/** Rejects when the store does not answer. */
export async function hasBlob(store: Pick<Store, "open">, key: string): Promise<boolean> {
  try {
    await (await store.open(key)).close();
    return true;
  } catch (error) {
    if (isNotFound(error)) return false;
    throw error;
  }
}
