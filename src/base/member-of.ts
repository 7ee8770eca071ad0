// Which of the descriptions of an object's members is that of a name. Knows neither plans nor spots.

export interface Members<Each> {
  readonly properties?: ReadonlyMap<string, Each>;
  /** For names that `properties` does not list: the first that matches counts. */
  readonly patterns?: readonly (readonly [RegExp, Each])[];
  /** For all other names. */
  readonly additional?: Each;
}

export function memberOf<Each>(of: Members<Each> | undefined, name: string): Each | undefined {
  return (
    of?.properties?.get(name) ??
    of?.patterns?.find(([pattern]) => pattern.test(name))?.[1] ??
    of?.additional
  );
}
