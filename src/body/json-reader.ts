// JSON with files in it: a whole body, or one part. Strings at file places go to the sinks.
import type { PartPlace } from "../base/fault.js";
import { formatPointer, type PointerStep } from "../base/pointer.js";
import { createJsonDecoder } from "../codec/json/json-decoder.js";
import type { JsonSpot, JsonStringSink, KeyBudget } from "../codec/json/json-options.js";
import type { FilePlan } from "../plan/file-plan.js";
import type { ValuePlan } from "../plan/value-plan.js";
import type { BodyContext } from "./body-context.js";
import { claimFiles } from "./claimed-file.js";
import { createEncodedFile } from "./encoded-file.js";
import { checkPosition } from "./file-count.js";
import { createFileWriter } from "./file-writer.js";

export interface JsonReader {
  write(bytes: Uint8Array): void;
  end(): unknown;
}

export interface JsonReaderOptions {
  readonly context: BodyContext;
  readonly plan: ValuePlan | undefined;
  /** Where the document stands in the request value: `""`, or the property of its part. */
  readonly pointer: string;
  readonly part?: PartPlace | undefined;
  /** Octet of the body at which the document begins. */
  readonly offset: number;
  /** Shared by the items of a sequence; default the document's own. */
  readonly keys?: KeyBudget;
}

/** Both methods throw `malformed-json` and limits; faults of single files are only noted. */
export function createJsonReader({
  context,
  plan,
  pointer,
  part,
  offset,
  keys,
}: JsonReaderOptions): JsonReader {
  const onFile = (
    spot: JsonSpot & { filePlan?: FilePlan; itemsMax?: number },
    path: readonly PointerStep[],
  ): JsonStringSink => {
    const { filePlan = anyFile, itemsMax } = spot;
    const place = { pointer: pointer + formatPointer(path), part };
    checkPosition(context, path.at(-1), itemsMax, place);
    const writer = createFileWriter({ context, plan: filePlan, ...place });
    const file = createEncodedFile(filePlan, writer, { lineBreaks: false, keep: context.keep });
    return file;
  };
  const { limits, memory } = context;
  // The validator writes the names into the place of each error: long ones would make many errors slow.
  const { nameBytesMax } = limits;
  const decoder = createJsonDecoder({
    limits,
    memory,
    nameBytesMax,
    offset,
    ...(keys ? { keys } : {}),
    ...(plan ? { spot: plan } : {}),
    onFile,
  });
  return {
    write: (bytes) => decoder.write(bytes),
    end: () => claimFiles(context, decoder.end(), plan, { pointer, part }),
  };
}

const anyFile: FilePlan = {
  encoding: "base64",
  allowedTypes: [],
  bytesMax: undefined,
  textBytesMax: undefined,
  image: false,
};
