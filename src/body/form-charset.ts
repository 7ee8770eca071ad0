// The charset of a form's texts. One that says none is in that of the field `_charset_`, wherever that
// stands in the body (RFC 7578 §4.6; HTML "Constructing the entry list").
import { absent, type FieldReader } from "./field-reader.js";
import { decodeCharset } from "./text-value.js";

export const charsetField = "_charset_";

/** What `_charset_` has said so far; the first to say something holds. */
export interface FormCharset {
  label: string | undefined;
}

const labelOctetsMax = 64;

/** Reads `_charset_`; `beside` has it too, where the schema has a property of that name. */
export function createCharsetReader(charset: FormCharset, beside?: FieldReader): FieldReader {
  let label = "";
  return {
    write(bytes, offset) {
      label += String.fromCharCode(...bytes.subarray(0, labelOctetsMax - label.length));
      beside?.write(bytes, offset);
    },
    end(offset) {
      const said = label.trim();
      if (said !== "") decodeCharset(new Uint8Array(0), said); // throws for what is no charset
      charset.label ??= said === "" ? undefined : said;
      return beside ? beside.end(offset) : absent;
    },
  };
}
