// Headers of a part that the Encoding Object declares (OAS §4.8.15 `headers`, style `simple`), written.
import { WaybillError } from "../base/fault.js";
import { isObject } from "../base/json.js";
import type { HeaderPlan } from "../plan/header-plan.js";
import { invalidValue } from "./invalid-value.js";
import { textOf } from "./encode-text.js";

/** Throws `missing-part-header`, `invalid-part-header`, or `invalid-value` for what a header cannot say. */
export function partHeaders(
  plans: readonly HeaderPlan[],
  given: Readonly<Record<string, unknown>>,
  pointer: string,
): [name: string, value: string][] {
  const names = new Map(Object.keys(given).map((name) => [name.toLowerCase(), name]));
  for (const { name, required } of plans) {
    if (!required || names.has(name.toLowerCase())) continue;
    const detail = `The part needs the header ${name}.`;
    throw new WaybillError({ code: "missing-part-header", detail, pointer });
  }
  return Object.entries(given).flatMap(([name, value]): [string, string][] => {
    if (value === undefined || value === null) return [];
    const plan = plans.find((each) => each.name.toLowerCase() === name.toLowerCase());
    if (plan?.forbidden) {
      const detail = `The part must not have the header ${name}.`;
      throw new WaybillError({ code: "invalid-part-header", detail, pointer });
    }
    const json = plan?.kind === "json";
    const explode = plan?.explode === true;
    return [[name, json ? JSON.stringify(value) : formatSimple(value, explode, pointer)]];
  });
}

// RFC 6570 `simple`, without percent-encoding (OAS §4.8.21): what holds a delimiter cannot be told from two.
function formatSimple(value: unknown, explode: boolean, pointer: string): string {
  const piece = (each: unknown): string => {
    const text = textOf(each, pointer);
    if (!text.includes(",")) return text;
    throw invalidValue(pointer, `${JSON.stringify(text)} in a header of many holds a comma.`);
  };
  if (Array.isArray(value)) return value.map(piece).join(",");
  if (!isObject(value)) return textOf(value, pointer);
  const pairs = Object.entries(value).map(([name, each]) => [piece(name), piece(each)]);
  return pairs.map((pair) => pair.join(explode ? "=" : ",")).join(",");
}
