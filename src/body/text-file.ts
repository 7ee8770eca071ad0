// A file that came as a text that is in memory already: a text in XML, the data of an event. It goes where all go.
import type { PartPlace } from "../base/fault.js";
import { isObject, setOwn } from "../base/json.js";
import { memberOf } from "../base/member-of.js";
import { formatPointer, parsePointer } from "../base/pointer.js";
import type { FilePlan } from "../plan/file-plan.js";
import type { ValuePlan } from "../plan/value-plan.js";
import type { BodyContext } from "./body-context.js";
import { createEncodedFile } from "./encoded-file.js";
import { checkPosition } from "./file-count.js";
import { createFileWriter } from "./file-writer.js";

/** Stands in a value until its place is known. */
export class TextFile {
  readonly text: string;
  readonly plan: FilePlan;

  constructor(text: string, plan: FilePlan) {
    this.text = text;
    this.plan = plan;
  }
}

export interface TextPlace {
  readonly pointer: string;
  readonly part?: PartPlace | undefined;
  /** Octet of the body at which the text, or what it is in, begins. */
  readonly offset?: number;
}

/** The file, or its URL. What is wrong with it is noted. */
export function storeTextFile(
  context: BodyContext,
  { text, plan }: TextFile,
  { pointer, part, offset = 0 }: TextPlace,
): unknown {
  const writer = createFileWriter({ context, plan, pointer, part });
  const file = createEncodedFile(plan, writer, { lineBreaks: true, keep: context.keep });
  file.write(new TextEncoder().encode(text), offset);
  return file.end(offset);
}

/** The value with every text that is a file stored; `value` itself is changed. Throws `too-many-files`. */
export function storeTextFiles(
  context: BodyContext,
  value: unknown,
  plan: ValuePlan | undefined,
  place: TextPlace,
): unknown {
  if (value instanceof TextFile) {
    checkPosition(context, parsePointer(place.pointer).at(-1), plan?.itemsMax, place);
    return storeTextFile(context, value, place);
  }
  if (typeof value !== "object" || value === null) return value;
  for (const [name, inner] of Object.entries(value)) {
    if (typeof inner !== "object" || inner === null) continue;
    const at = { ...place, pointer: place.pointer + formatPointer([name]) };
    const own = Array.isArray(value)
      ? (plan?.prefixItems?.[Number(name)] ?? plan?.items)
      : memberOf(plan, name);
    const stored = storeTextFiles(context, inner, own, at);
    if (stored !== inner && Array.isArray(value)) value[Number(name)] = stored;
    else if (stored !== inner && isObject(value)) setOwn(value, name, stored);
  }
  return value;
}
