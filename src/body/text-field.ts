// One value of a form that comes as text, in whatever charset: plain, delimited by a style, or XML.
import { WaybillError } from "../base/fault.js";
import { parseMediaTypes } from "../base/media-type.js";
import { parsePointer } from "../base/pointer.js";
import type { PropertyPlan } from "../plan/property-plan.js";
import type { TextPlan } from "../plan/text-plan.js";
import type { Field, FieldReader } from "./field-reader.js";
import { join } from "./join.js";
import { LateText } from "./late-text.js";
import { stripReadOnly } from "./read-only.js";
import { parseMember, parseStyled } from "./style-value.js";
import { decodeCharset, parseTextValue } from "./text-value.js";
import { parseXmlValue } from "./xml-value.js";

export function createTextField(field: Field, isXmlPart: boolean): FieldReader {
  const { fieldBytesMax } = field.context.limits;
  const pieces: Uint8Array[] = [];
  let size = 0;
  return {
    write(bytes) {
      size += bytes.length;
      if (size > fieldBytesMax) throw fieldTooLarge(fieldBytesMax);
      field.context.keep(bytes.length);
      pieces.push(bytes.slice());
    },
    end() {
      const octets = join(pieces);
      const read = (charset: string | undefined): unknown => {
        const text = decodeCharset(octets, charset);
        const { xml, value } = field.plan;
        return xml && (isXmlPart || field.plan.carried === "xml")
          ? parseXmlValue(field.context, text, { xml, value }, field)
          : parseText(field, text, charset);
      };
      const own = ownCharset(field);
      if (own !== undefined) return read(own);
      const { charset } = field;
      const isLate = charset.label === undefined && isCharsetDependent(field, octets);
      return isLate ? new LateText(() => [read(charset.label)]) : read(charset.label);
    },
  };
}

// The part's, else the document's; `_charset_` is for what is text and says none.
function ownCharset({ plan, mediaType }: Field): string | undefined {
  const said = mediaType?.parameters.get("charset") ?? describedCharset(plan);
  if (said !== undefined) return said;
  return mediaType === undefined || mediaType.type === "text" ? undefined : "utf-8";
}

/** Can these octets mean different texts? Below 0x80 only where an escape or a NUL makes them part of another. */
function isCharsetDependent({ plan, styleText }: Field, octets: Uint8Array): boolean {
  const percent = plan.style && styleText.percentEncoded ? 0x25 : 0;
  return octets.some(
    (octet) => octet >= 0x80 || octet === 0x1b || octet === 0 || octet === percent,
  );
}

// Whether null has a text at all is left open (OAS Appendix B).
export function textPlanOf({ context, plan: { text } }: Field): TextPlan {
  if (context.options.emptyAsNull) return text;
  return { types: text.types.filter((type) => type !== "null") };
}

function parseText(field: Field, text: string, charset: string | undefined): unknown {
  const { plan, member, styleText } = field;
  const { style } = plan;
  if (!style) return parseTextValue(text, textPlanOf(field));
  const how = { ...styleText, decode: (piece: string) => styleText.decode(piece, charset) };
  if (member !== undefined) return parseMember(member, how.decode(text), style.members);
  if (style.kind === "array" && style.explode && style.style === "form")
    return parseTextValue(how.decode(text), style.items);
  const value = parseStyled(text, style, how);
  stripReadOnly(field.context, value, plan.value, parsePointer(field.pointer));
  return value;
}

function fieldTooLarge(value: number): WaybillError {
  return new WaybillError({
    code: "field-too-large",
    detail: `The value is larger than ${value} octets.`,
    limit: { name: "fieldBytesMax", value },
  });
}

// What the Encoding Object fixes: `contentType: application/xml; charset=utf-8`.
function describedCharset({ explicit, contentTypes }: PropertyPlan): string | undefined {
  const [only, ...others] = explicit ? contentTypes : [];
  if (only === undefined || others.length > 0) return undefined;
  return parseMediaTypes(only)[0]?.parameters.get("charset");
}
