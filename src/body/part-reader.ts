// One part of a multipart body, from its head to its value: the head is checked against the plan, its
// Content-Transfer-Encoding undone, and its octets read as the plan says.
import { WaybillError, type PartPlace } from "../base/fault.js";
import { createByteDecoder } from "../codec/encoding/byte-decoder.js";
import { parseContentEncoding, type ContentEncoding } from "../codec/encoding/content-encoding.js";
import type { PartHead } from "../codec/multipart/multipart-decoder.js";
import type { PropertyPlan } from "../plan/property-plan.js";
import type { BodyContext } from "./body-context.js";
import { canClaim } from "./claimed-file.js";
import { createFieldReader, ownMediaType, type FieldReader } from "./field-reader.js";
import type { FormCharset } from "./form-charset.js";
import { checkPartHeaders } from "./part-header.js";
import { planByPartType } from "./part-type.js";
import { mayNameUpload } from "./upload-field.js";

export interface PartToRead {
  readonly plan: PropertyPlan;
  readonly member?: string | undefined;
  readonly pointer: string;
  readonly part: PartPlace;
  /** What a `_charset_` field says. */
  readonly charset: FormCharset;
}

/** Throws what is wrong with the head. */
export function createPartReader(
  context: BodyContext,
  head: PartHead,
  { plan: planned, member, pointer, part, charset }: PartToRead,
): FieldReader {
  const mediaType = ownMediaType(head.mediaType);
  const { plan, refusal } = typedPlan(context, head, planned);
  const [fault, ...more] = checkPartHeaders(plan.headers, head.headers, context.validators);
  if (fault) throw new WaybillError([fault, ...more]);
  if (plan.parts) return context.readParts(context, head, plan.parts, { pointer, part });
  const encoding = transferEncodingOf(head);
  const encodedFile = encoding !== undefined && plan.file?.encoding !== undefined;
  const reader = createFieldReader({
    context,
    plan: encodedFile && plan.file ? { ...plan, file: { ...plan.file, encoding } } : plan,
    member,
    pointer,
    part,
    filename: head.filename,
    mediaType,
    charset,
    offset: head.offset,
    styleText: { percentEncoded: false, decode: (piece) => piece },
    multipart: true,
    encoded: encodedFile,
    refusal,
    uploadPlan: planned.file,
  });
  const transfer =
    encoding === undefined || encodedFile
      ? undefined
      : createByteDecoder(encoding, { lineBreaks: true, padding: "optional" });
  let end = head.offset;
  return {
    write(bytes, offset) {
      end = offset + bytes.length;
      reader.write(transfer ? transfer.write(bytes, offset) : bytes, offset);
    },
    end() {
      const rest = transfer?.end(end);
      if (rest && rest.length > 0) reader.write(rest, end);
      return reader.end(end);
    },
  };
}

// A part that may name an upload need not be of the file's type: what it is shows in its octets.
function typedPlan(
  context: BodyContext,
  { filename, mediaType }: PartHead,
  plan: PropertyPlan,
): { plan: PropertyPlan; refusal?: Error } {
  const own = ownMediaType(mediaType);
  try {
    return { plan: planByPartType(plan, { mediaType: own, said: mediaType }, context.options) };
  } catch (error) {
    const waits = plan.file && canClaim(context) && mayNameUpload(filename, own);
    if (waits && error instanceof Error) return { plan, refusal: error };
    throw error;
  }
}

// Content-Transfer-Encoding says the same as contentEncoding, and what it says of the octets holds: they
// are decoded once, never twice (OAS 3.1.1 §4.8.15.3).
function transferEncodingOf({ transferEncoding }: PartHead): ContentEncoding | undefined {
  if (transferEncoding === undefined || transferEncoding === "") return undefined;
  const encoding = parseContentEncoding(transferEncoding);
  if (encoding !== undefined) return encoding === "identity" ? undefined : encoding;
  throw new WaybillError({
    code: "malformed-encoding",
    detail: `The Content-Transfer-Encoding ${JSON.stringify(transferEncoding)} is not known.`,
  });
}
