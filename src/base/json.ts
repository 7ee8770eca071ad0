// JSON values, and looking into ones whose shape nobody promised.

export type Json = null | boolean | number | string | Json[] | JsonObject;
export interface JsonObject {
  [name: string]: Json;
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The object, or an empty one: for reading documents that are not what they should be. */
export function objectOr(value: unknown): Readonly<Record<string, unknown>> {
  return isObject(value) ? value : {};
}

export function arrayOr(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

export function stringOr<Default>(value: unknown, otherwise: Default): string | Default {
  return typeof value === "string" ? value : otherwise;
}

export function numberOr<Default>(value: unknown, otherwise: Default): number | Default {
  return typeof value === "number" ? value : otherwise;
}

/** Sets an own property, also where its name is `__proto__`. */
export function setOwn(target: object, name: string, value: unknown): void {
  if (name !== "__proto__") (target as Record<string, unknown>)[name] = value;
  else
    Object.defineProperty(target, name, {
      value,
      enumerable: true,
      configurable: true,
      writable: true,
    });
}
