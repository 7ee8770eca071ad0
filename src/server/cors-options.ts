// Options of cross-origin requests, as a user gives them: checked, with what was left out.
import { isObject } from "../base/json.js";
import type { Cors } from "../http/cors.js";

export interface CorsOptions {
  /** Whose pages may use this API: `https://app.example.com`, or `*` for everybody's. */
  readonly origins: readonly string[];
  /** May they send cookies? Not with `*`. Default false. */
  readonly credentials?: boolean;
  /** Seconds for which a browser may remember what is allowed. Default 600. */
  readonly maxAgeS?: number;
}

const names = ["origins", "credentials", "maxAgeS"];

/** Throws a TypeError that names the option. */
export function corsOptionsOf(said: unknown): Cors | false {
  if (said === undefined || said === null || said === false) return false;
  if (!isObject(said)) throw new TypeError("cors must be false or an object.");
  const unknown = Object.keys(said).find((each) => !names.includes(each));
  if (unknown !== undefined)
    throw new TypeError(`cors: there is no option ${unknown}; there are ${names.join(", ")}.`);
  const { origins, credentials = false, maxAgeS = 600 } = said;
  if (!Array.isArray(origins) || !origins.every(isOrigin))
    throw new TypeError(
      "cors.origins must be a list of origins, as https://app.example.com, or *.",
    );
  if (typeof credentials !== "boolean" || (credentials && origins.includes("*")))
    throw new TypeError("cors.credentials must be true or false, and is not for the origin *.");
  if (typeof maxAgeS !== "number" || !Number.isInteger(maxAgeS) || maxAgeS < 0)
    throw new TypeError("cors.maxAgeS must be a whole number of seconds.");
  return { origins, credentials, maxAgeS };
}

function isOrigin(said: unknown): said is string {
  if (said === "*") return true;
  return typeof said === "string" && URL.canParse(said) && new URL(said).origin === said;
}
