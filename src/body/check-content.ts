// A text, or a JSON file, held to what it says it holds: contentEncoding, contentMediaType, contentSchema.
import { WaybillError, type Fault } from "../base/fault.js";
import { createByteDecoder } from "../codec/encoding/byte-decoder.js";
import { parseContentEncoding } from "../codec/encoding/content-encoding.js";
import type { ContentPlan } from "../plan/content-plan.js";
import type { Validator } from "./validator.js";

export interface ContentCheck {
  readonly plan: ContentPlan;
  readonly pointer: string;
  readonly validatorOf: (schema: NonNullable<ReturnType<ContentPlan["schema"]>>) => Validator;
}

/** Of a string in the value. */
export function checkText(text: string, check: ContentCheck): Fault[] {
  const octets = new TextEncoder().encode(text);
  const encoding = parseContentEncoding(check.plan.encoding ?? "identity") ?? "identity";
  try {
    const decoder = createByteDecoder(encoding);
    const decoded = [decoder.write(octets, 0), decoder.end(octets.length)];
    return checkOctets(Buffer.concat(decoded), check);
  } catch (error) {
    if (!(error instanceof WaybillError)) throw error;
    return [fault(check, `The value is no ${encoding}: ${error.message}`)];
  }
}

/** Of a file, or of what a text was decoded to. */
export function checkOctets(octets: Uint8Array, check: ContentCheck): Fault[] {
  if (!check.plan.json) return [];
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(octets));
  } catch {
    return [fault(check, "The content is no JSON.")];
  }
  const schema = check.plan.schema();
  if (!schema) return [];
  return check
    .validatorOf(schema)(value)
    .map(({ detail, pointer = "" }) =>
      fault(check, `The content does not fit its schema at ${JSON.stringify(pointer)}: ${detail}`),
    );
}

function fault({ pointer }: ContentCheck, detail: string): Fault {
  return { code: "invalid-content", detail, pointer };
}
