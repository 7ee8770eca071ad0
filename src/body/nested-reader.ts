// A part that is a multipart body itself, read as its Encoding Object says (OAS 3.2 §4.15.2).
import { WaybillError } from "../base/fault.js";
import { formatMediaType, parseMediaType, type MediaType } from "../base/media-type.js";
import type { PartHead } from "../codec/multipart/multipart-decoder.js";
import type { ReadParts } from "./body-context.js";
import type { BodyReader } from "./body-reader.js";
import { createMultipartReader } from "./multipart-reader.js";
import { createPositionReader } from "./position-reader.js";

/** Throws `part-type-not-allowed` for a part that says to be something else. */
export const createNestedReader: ReadParts = (context, head, shape, { pointer, part }) => {
  const contentType = multipartTypeOf(head);
  let reader: BodyReader | undefined;
  // Made with the first octet: not before is it known where the body begins.
  const begin = (offset: number): BodyReader => {
    if (reader) return reader;
    const within = { ...part, offset };
    reader =
      shape.kind === "positional"
        ? createPositionReader(context, shape.parts, { contentType, whole: true, pointer, within })
        : createMultipartReader(context, shape.form, contentType, { pointer, within });
    return reader;
  };
  return {
    write: (bytes, offset) => begin(offset).write(bytes),
    end: () => begin(head.offset).end(),
  };
};

function multipartTypeOf({ mediaType }: PartHead): MediaType {
  const said = parseMediaType(mediaType ?? "text/plain");
  if (said?.type === "multipart") return said;
  const found = said ? formatMediaType(said) : JSON.stringify(mediaType);
  throw new WaybillError({
    code: "part-type-not-allowed",
    detail: `The part is ${found}, expected a multipart type with its boundary.`,
  });
}
