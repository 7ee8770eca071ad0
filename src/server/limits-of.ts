// Limits as a user gives them: some, by name; the rest stay as they are.
import { isObject } from "../base/json.js";
import { defaultLimits, type Limits } from "../base/limits.js";

/** Throws for a name that is no limit and for a value that is no positive number. */
export function limitsOf(said: Partial<Record<string, unknown>> = {}): Limits {
  const limits: Record<string, number> = { ...defaultLimits };
  if (!isObject(said)) throw new TypeError("limits must be an object.");
  for (const [name, value] of Object.entries(said)) {
    if (value === undefined) continue;
    if (!Object.hasOwn(defaultLimits, name)) {
      throw new TypeError(
        `There is no limit ${JSON.stringify(name)}; there are ${Object.keys(defaultLimits).join(", ")}.`,
      );
    }
    if (typeof value !== "number" || !(value >= 0))
      throw new TypeError(`The limit ${name} must be a number, 0 or more.`);
    limits[name] = value;
  }
  return limits as unknown as Limits;
}
