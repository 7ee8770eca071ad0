// Headers of a part that the Encoding Object declares (OAS §4.8.15 `headers`, style `simple`).
import { WaybillError, type Fault } from "../base/fault.js";
import { setOwn } from "../base/json.js";
import type { HeaderPlan } from "../plan/header-plan.js";
import { pairsToObject, parseMember } from "./style-value.js";
import { parseTextValue } from "./text-value.js";
import type { Validators } from "./validator.js";

/** Undeclared headers are left alone (RFC 7578 §4.8). Details name the header. */
export function checkPartHeaders(
  plans: readonly HeaderPlan[],
  headers: readonly (readonly [string, string])[],
  validators: Validators,
): Fault[] {
  return plans.flatMap((plan) => {
    const found = headers.find(([name]) => name === plan.name.toLowerCase());
    if (!found)
      return plan.required
        ? [fault("missing-part-header", `The part needs the header ${plan.name}.`)]
        : [];
    if (plan.forbidden)
      return [fault("invalid-part-header", `The part must not have the header ${plan.name}.`)];
    return checkValue(plan, found[1], validators);
  });
}

function checkValue(plan: HeaderPlan, text: string, validators: Validators): Fault[] {
  try {
    const faults = validators.of(plan.schema)(parseSimple(plan, text));
    return faults.map(({ detail }) =>
      fault("invalid-part-header", `Header ${plan.name}: ${detail}`),
    );
  } catch (error) {
    if (!(error instanceof WaybillError)) throw error;
    return [fault("invalid-part-header", `Header ${plan.name}: ${error.message}`)];
  }
}

// RFC 6570 `simple`: comma-separated; `explode` writes members as name=value. No percent-decoding (OAS §4.8.21).
function parseSimple(plan: HeaderPlan, text: string): unknown {
  if (plan.kind === "json") return parseJsonText(text);
  if (plan.kind === "text") return parseTextValue(text, plan.text);
  const pieces = text === "" ? [] : text.split(",").map((piece) => piece.trim());
  if (plan.kind === "array") return pieces.map((piece) => parseTextValue(piece, plan.text));
  if (!plan.explode) return pairsToObject(pieces, plan.members);
  const value = {};
  for (const piece of pieces) {
    const equals = piece.indexOf("=");
    const name = equals < 0 ? piece : piece.slice(0, equals);
    setOwn(value, name, parseMember(name, equals < 0 ? "" : piece.slice(equals + 1), plan.members));
  }
  return value;
}

function parseJsonText(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    const detail = "The value is not valid JSON.";
    throw new WaybillError({ code: "invalid-value", detail }, { cause: error });
  }
}

function fault(code: "missing-part-header" | "invalid-part-header", detail: string): Fault {
  return { code, detail };
}
