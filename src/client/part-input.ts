// Values of a form with what is to be said of their parts.
import { isObject } from "../base/json.js";

/** What a part says of itself beside its name. */
export interface PartSaid {
  /** Which of the document's content types it is (OAS "Handling Multiple contentType Values"). */
  readonly mediaType?: string;
  readonly filename?: string;
  /** Octets of a stream, where they are known. */
  readonly size?: number;
  /** By name: of the kind that the document declares, else text. */
  readonly headers?: Readonly<Record<string, unknown>>;
}

const saying = Symbol("waybill part");

/** A value to be sent, in a place where the document lets its part say more. */
export interface DescribedPart {
  readonly [saying]: { readonly value: unknown; readonly said: PartSaid };
}

/** A value or file with what its part shall say: `part(xml, { mediaType: "application/xml" })`. */
export function part(value: unknown, said: PartSaid): DescribedPart {
  return Object.freeze({ [saying]: { value, said } });
}

/** What was said with `part`; for all else the value alone. */
export function describedPart(value: unknown): { value: unknown; said: PartSaid } {
  return isDescribed(value) ? value[saying] : { value, said: {} };
}

function isDescribed(value: unknown): value is DescribedPart {
  return isObject(value) && saying in value;
}
