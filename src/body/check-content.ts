// A text, or a JSON file, held to what it says it holds: contentEncoding, contentMediaType, contentSchema.
import { WaybillError, type Fault } from "../base/fault.js";
import { createByteDecoder } from "../codec/encoding/byte-decoder.js";
import { parseContentEncoding } from "../codec/encoding/content-encoding.js";
import { createJsonDecoder, type JsonDecoderOptions } from "../codec/json/json-decoder.js";
import type { ContentPlan } from "../plan/content-plan.js";
import type { Validator } from "./validator.js";

export type ContentLimits = JsonDecoderOptions["limits"];

export interface ContentCheck {
  readonly plan: ContentPlan;
  readonly limits: ContentLimits;
  readonly pointer: string;
  readonly validatorOf: (schema: NonNullable<ReturnType<ContentPlan["schema"]>>) => Validator;
}

/** Of a string in the value. */
export function checkText(text: string, check: ContentCheck): Fault[] {
  const octets = new TextEncoder().encode(text);
  const encoding = parseContentEncoding(check.plan.encoding ?? "identity") ?? "identity";
  let decoded: Uint8Array;
  try {
    const decoder = createByteDecoder(encoding);
    decoded = Buffer.concat([decoder.write(octets, 0), decoder.end(octets.length)]);
  } catch (error) {
    if (!(error instanceof WaybillError)) throw error;
    return [fault(check, `The value is no ${encoding}: ${error.message}`)];
  }
  return checkOctets(decoded, check);
}

/** Of a file, or of what a text was decoded to. */
export function checkOctets(octets: Uint8Array, check: ContentCheck): Fault[] {
  if (!check.plan.json) return [];
  let value: unknown;
  try {
    const { limits } = check;
    const decoder = createJsonDecoder({ limits, duplicateKeys: "last" }); // in doubt, it is valid
    decoder.write(octets);
    value = decoder.end();
  } catch (error) {
    if (!(error instanceof WaybillError)) throw error;
    return [fault(check, `The content cannot be read as JSON: ${error.message}`)];
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
