// multipart bodies as the Encoding Object says (OAS §4.8.15): a part for each property or item.
import { isJson, isXml, parseMediaType } from "../base/media-type.js";
import type { PartToWrite } from "../codec/multipart/multipart-encoder.js";
import type { FormPlan } from "../plan/media-type-plan.js";
import { encodeFile } from "./encode-file.js";
import { encodeJson } from "./encode-json.js";
import { textOctets, textOf } from "./encode-text.js";
import { knownFile, type KnownFile } from "./file-input.js";
import { formatXml } from "./format-xml.js";
import { formFields, type FormField, type FormOptions } from "./form-fields.js";
import { invalidValue } from "./invalid-value.js";
import { partHeaders } from "./part-headers.js";
import { describedPart } from "./part-input.js";
import { partType } from "./part-type.js";
import { styledFields, withoutReadOnly } from "./style-text.js";

/** Writes a part that is a multipart body itself. */
export type NestPart = (field: FormField) => PartToWrite;

/** Parts stand in the value's order. Never a Content-Transfer-Encoding of its own accord (RFC 7578 §4.7). */
export function formParts(
  form: FormPlan,
  value: Readonly<Record<string, unknown>>,
  options: FormOptions,
  nestPart: NestPart,
): PartToWrite[] {
  return formFields(form, value, options).flatMap((field) =>
    field.plan.parts ? [{ ...nestPart(field), name: field.name }] : partsOf(field),
  );
}

/** One part; more only where a style says so. */
export function partsOf(field: FormField): PartToWrite[] {
  const { name, plan, pointer } = field;
  const file = knownFile(field.value);
  const { value, said } = describedPart(field.value);
  const headers = partHeaders(plan.headers, file?.headers ?? said.headers ?? {}, pointer);
  if (file) return [{ ...filePart(field, file), headers }];
  if (plan.style)
    return styledFields(name, plan.style, withoutReadOnly(value, plan.value), false).map(
      (each) => ({
        name: each.name,
        body: each.pieces.join(each.delimiter),
        headers,
      }),
    );
  return [{ name, ...valuePart(field, value, said.mediaType), headers }];
}

function filePart({ name, plan, pointer }: FormField, file: KnownFile): PartToWrite {
  // By the table of defaults a file is octet-stream, which is no more than that it is a file.
  const isOpen = !plan.explicit && plan.contentTypes.join() === octets;
  const types = isOpen ? { contentTypes: [] } : plan;
  const mediaType = partType(types, file.mediaType, octets, pointer);
  const filename = file.filename ?? name;
  return { name, filename, mediaType, ...encodeFile(file, plan.file) };
}

const octets = "application/octet-stream";

// A JSON part says that it is one, and has no file name: receivers would take it for a file.
function valuePart(
  field: FormField,
  value: unknown,
  said: string | undefined,
): Omit<PartToWrite, "name"> {
  const { plan, pointer } = field;
  const isExplicit = plan.explicit || said !== undefined;
  const plainest = plainestOf(field, value);
  const types = plan.explicit ? plan : { contentTypes: [] };
  const mediaType = isExplicit ? partType(types, said, plainest, pointer) : plainest;
  const media = parseMediaType(mediaType);
  if (plan.xml && media && isXml(media))
    return { mediaType, body: textOctets(formatXml(plan.xml, value), mediaType, pointer) };
  if (plan.carried === "json" || (media && isJson(media))) {
    const { text, contentLength, body } = encodeJson(value, plan.value);
    return { mediaType, body: text ?? body, size: contentLength };
  }
  if (plainest === json)
    throw invalidValue(pointer, `An object cannot be written as ${mediaType}.`);
  const text = value === null ? "" : textOf(value, pointer);
  return {
    ...(isExplicit ? { mediaType } : {}),
    body: isExplicit ? textOctets(text, mediaType, pointer) : text,
  };
}

const json = "application/json";

function plainestOf({ plan }: FormField, value: unknown): string {
  if (plan.carried === "xml") return "application/xml";
  if (plan.carried === "json" || (typeof value === "object" && value !== null)) return json;
  return "text/plain";
}
