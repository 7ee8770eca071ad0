// SDKs of storages are optional: each is loaded when a URL asks for it.
import { errorCode } from "./storage-fault.js";

/** Rejects with a TypeError that says what to install, where the package is missing. */
export async function loadSdk<T>(name: string, load: () => Promise<T>): Promise<T> {
  try {
    return await load();
  } catch (error) {
    if (errorCode(error) !== "ERR_MODULE_NOT_FOUND") throw error;
    throw new TypeError(`This needs a package that is not there. Install it: npm install ${name}`, {
      cause: error,
    });
  }
}
