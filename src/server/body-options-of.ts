// Options for reading bodies as a user gives them: some, by name; the rest stay as they are.
import { isObject } from "../base/json.js";
import { defaultBodyOptions, type BodyOptions } from "../body/body-context.js";

const choices: Partial<Record<string, readonly string[]>> = {
  readOnly: ["strip", "reject", "ignore"],
  undeclared: ["keep", "drop"],
  untypedParts: ["accept", "reject"],
  mismatchedParts: ["reject", "accept"],
  contentMediaType: ["honor", "ignore"],
};

/** Throws for a name that is no option and for a value that is none of its values. */
export function bodyOptionsOf(said: Partial<Record<string, unknown>> = {}): BodyOptions {
  const options: Record<string, unknown> = { ...defaultBodyOptions };
  if (!isObject(said)) throw new TypeError("body must be an object.");
  for (const [name, value] of Object.entries(said)) {
    if (value === undefined) continue;
    if (!Object.hasOwn(defaultBodyOptions, name)) {
      const known = Object.keys(defaultBodyOptions).join(", ");
      throw new TypeError(`There is no body option ${JSON.stringify(name)}; there are ${known}.`);
    }
    const allowed: readonly unknown[] = choices[name] ?? [true, false];
    if (!allowed.includes(value))
      throw new TypeError(`The body option ${name} must be ${allowed.join(" or ")}.`);
    options[name] = value;
  }
  return options as unknown as BodyOptions;
}
