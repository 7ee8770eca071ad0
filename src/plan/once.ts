// Compiling what a document says only when somebody asks for it.
import { WaybillError } from "../base/fault.js";
import { DocumentError } from "../openapi/document-error.js";

/** Compiles when first asked, and keeps what it made. */
export function once<Value>(make: () => Value): () => Value {
  let made: { value: Value } | undefined;
  return () => (made ??= { value: compile(make) }).value;
}

/** What is wrong with the document where one operation needs it is that operation's trouble alone. */
export function compile<Value>(make: () => Value): Value {
  try {
    return make();
  } catch (error) {
    const detail = detailOf(error);
    if (detail === undefined) throw error;
    throw new WaybillError({ code: "not-implemented", detail }, { cause: error });
  }
}

function detailOf(error: unknown): string | undefined {
  if (error instanceof DocumentError) return error.message;
  // The stack ran out: where compiling does not come to an end, neither would the operation.
  return error instanceof RangeError
    ? "The document's schemas for this lead back to themselves without end."
    : undefined;
}
