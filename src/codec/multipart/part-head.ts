// What the headers of a part say, as plain data. The codec reports what is there; what it means is
// decided elsewhere (a filename does not make a file).
import type { ContentDisposition } from "./content-disposition.js";
import { parseContentDisposition } from "./content-disposition.js";
import { readExtendedValue } from "./extended-value.js";
import { type HeaderFields, readHeaderFields } from "./header-fields.js";
import { decodeText } from "./latin1.js";
import type { PartFault } from "./part-fault.js";

export interface PartHead {
  /** Position among the parts, from 0. */
  readonly index: number;
  /** Octet of the body at which the part's delimiter line begins. */
  readonly offset: number;
  /** Lower-case, such as `form-data`; "" when the header is absent. */
  readonly disposition: string;
  /** UTF-8, or ISO 8859-1 where it is not valid UTF-8. `%22`, `%0D`, `%0A` stay as they are. */
  readonly name: string | undefined;
  /** As sent, with its path; untrusted. `filename` wins over `filename*`. */
  readonly filename: string | undefined;
  /** The Content-Type as it stands. */
  readonly mediaType: string | undefined;
  /** The Content-Transfer-Encoding, lower-case. */
  readonly transferEncoding: string | undefined;
  /** Names lower-case, in order. */
  readonly headers: readonly (readonly [name: string, value: string])[];
}

export interface PartHeadContext {
  readonly index: number;
  readonly offset: number;
  readonly nonAscii: boolean;
  /** Is every part to have a Content-Disposition of form-data, with a name (RFC 7578 §4.2)? */
  readonly form: boolean;
  readonly nameBytesMax: number;
  readonly fault: PartFault;
}

/** `text`: the header lines and the empty one, one character an octet. Throws `malformed-header`, `part-without-name`, `name-too-long`. */
export function readPartHead(text: string, context: PartHeadContext): PartHead {
  const fields = readHeaderFields(text, context.nonAscii, context.fault);
  const disposition = readDisposition(fields, context);
  const name = readParameter("name", disposition, fields, context);
  const filename = readParameter("filename", disposition, fields, context);
  if (context.form && name === undefined) {
    throw context.fault("part-without-name", "A part has no name.", fields.dispositionAt);
  }
  return {
    index: context.index,
    offset: context.offset,
    disposition: disposition?.type ?? "",
    name,
    filename,
    mediaType: fields.mediaType,
    transferEncoding: fields.transferEncoding,
    headers: fields.all,
  };
}

function checkLength(what: string, octets: number, at: number, context: PartHeadContext): void {
  const { nameBytesMax, fault } = context;
  if (octets <= nameBytesMax) return;
  const detail = `A part's ${what} has more than ${nameBytesMax} octets.`;
  throw fault("name-too-long", detail, at, { name: "nameBytesMax", value: nameBytesMax });
}

function readDisposition(
  fields: HeaderFields,
  { form, fault }: PartHeadContext,
): ContentDisposition | undefined {
  const { disposition, dispositionAt } = fields;
  if (disposition === undefined) {
    if (!form) return undefined;
    throw fault("part-without-name", "A part has no Content-Disposition.", 0);
  }
  const parsed = parseContentDisposition(disposition);
  if (parsed === undefined) {
    throw fault("malformed-header", "A part has a malformed Content-Disposition.", dispositionAt);
  }
  if (form && parsed.type !== "form-data") {
    const detail = "A part has a Content-Disposition other than form-data.";
    throw fault("malformed-header", detail, dispositionAt);
  }
  return parsed;
}

function readParameter(
  name: "name" | "filename",
  disposition: ContentDisposition | undefined,
  { dispositionAt }: HeaderFields,
  context: PartHeadContext,
): string | undefined {
  let plain: string | undefined;
  let others = false;
  for (const [given, value] of disposition?.parameters ?? []) {
    if (given === name) plain = value;
    else if (given !== "name" && given !== "filename") others = true;
  }
  const extended = others ? readExtendedValue(disposition?.parameters ?? [], name) : undefined;
  // Also where `filename` stands beside it: whoever reads the other one must not be misled.
  if (extended === null) {
    throw context.fault("malformed-header", `A part has a malformed ${name}*.`, dispositionAt);
  }
  const octets = plain?.length ?? (extended === undefined ? 0 : utf8Length(extended));
  checkLength(name, octets, dispositionAt, context);
  if (plain === undefined) return extended;
  return context.nonAscii ? decodeText(plain) : plain;
}

function utf8Length(text: string): number {
  return new TextEncoder().encode(text).length;
}
