// One value of a form, from its octets: a file, JSON, XML or text, as the plan says.
import type { PartPlace } from "../base/fault.js";
import {
  isJson,
  isXml,
  parseMediaType,
  parseMediaTypes,
  type MediaType,
} from "../base/media-type.js";
import { parseContentEncoding, type ContentEncoding } from "../codec/encoding/content-encoding.js";
import { parsePointer } from "../base/pointer.js";
import { isInAlphabet } from "../codec/encoding/is-in-alphabet.js";
import type { FilePlan } from "../plan/file-plan.js";
import { isBinaryType } from "../plan/file-plan.js";
import type { PropertyPlan } from "../plan/property-plan.js";
import type { BodyContext } from "./body-context.js";
import { canClaim, claimFile, namedFileIn } from "./claimed-file.js";
import { createEncodedFile } from "./encoded-file.js";
import type { FormCharset } from "./form-charset.js";
import { createFileWriter, type FileWriter } from "./file-writer.js";
import { createJsonReader, type JsonReader } from "./json-reader.js";
import { stripReadOnly } from "./read-only.js";
import type { StyleText } from "./style-value.js";
import { join } from "./join.js";
import { createTextField, textPlanOf } from "./text-field.js";
import { createUploadField, mayNameUpload } from "./upload-field.js";

export interface FieldReader {
  write(bytes: Uint8Array, offset: number): void;
  /** The value, or a LateText, or `absent`. Throws what is wrong with it. */
  end(offset: number): unknown;
}

/** An empty file input of an HTML form, or an empty name-value pair for a file. */
export const absent: unique symbol = Symbol("absent");

export interface Field {
  readonly context: BodyContext;
  readonly plan: PropertyPlan;
  readonly member: string | undefined;
  readonly pointer: string;
  readonly part?: PartPlace | undefined;
  readonly filename?: string | undefined;
  /** The part's own Content-Type. */
  readonly mediaType?: MediaType | undefined;
  readonly charset: FormCharset;
  readonly offset: number;
  readonly styleText: StyleText;
  /** A part of multipart: octets may stand as they are, and base64 may have line breaks. */
  readonly multipart: boolean;
  /** The part says itself that its octets are encoded text, so raw ones are a fault. */
  readonly encoded?: boolean;
  /** Why its octets are not taken for a file: thrown unless they name an upload. */
  readonly refusal?: Error | undefined;
  /** What an upload that they name must be, where the type of the part has a say in what they must be. */
  readonly uploadPlan?: FilePlan | undefined;
}

export function createFieldReader(field: Field): FieldReader {
  const { plan } = field;
  if (plan.file) return createFileOrUpload(field, plan.file);
  if (plan.undeclared && looksLikeFile(field)) return createFileField(field, openFile);
  const told = toldBy(field);
  const isJsonField = told === "json" || (plan.carried === "json" && !plan.style && told !== "xml");
  return isJsonField ? createJsonField(field) : createTextField(field, told === "xml");
}

// The part's own type wins over the default of the table (OAS 3.3 draft, Encoding Object).
function toldBy({ plan, mediaType }: Field): "json" | "xml" | undefined {
  if (!mediaType || plan.explicit || plan.style) return undefined;
  if (isXml(mediaType) && plan.xml) return "xml";
  // A string with `contentMediaType: application/json` is the text of a JSON value.
  const isText = plan.carried === "text" && plan.contentTypes.flatMap(parseMediaTypes).some(isJson);
  return isJson(mediaType) && !isText ? "json" : undefined;
}

const openFile: FilePlan = {
  encoding: undefined,
  allowedTypes: [],
  bytesMax: undefined,
  textBytesMax: undefined,
  image: false,
};

function looksLikeFile({ filename, mediaType }: Field): boolean {
  if (mediaType && isJson(mediaType)) return false;
  return (
    filename !== undefined ||
    (mediaType !== undefined && isBinaryType(`${mediaType.type}/${mediaType.subtype}`))
  );
}

function createFileOrUpload(field: Field, plan: FilePlan): FieldReader {
  const { context, pointer, part, filename, mediaType, refusal, uploadPlan = plan } = field;
  const file = refusal === undefined ? createFileField(field, plan) : refuse(refusal);
  if (!canClaim(context) || !mayNameUpload(filename, mediaType)) return file;
  return createUploadField(file, {
    named: (value) => namedFileIn(context, value),
    claim: (named) => claimFile(context, uploadPlan, named, { pointer, part }),
  });
}

function refuse(error: Error): FieldReader {
  const fail = (): never => {
    throw error;
  };
  return { write: fail, end: fail };
}

function createFileField(field: Field, file: FilePlan): FieldReader {
  const { context, pointer, part, filename, mediaType } = field;
  const declaredType =
    mediaType && isConcrete(mediaType) ? `${mediaType.type}/${mediaType.subtype}` : undefined;
  const { undeclaredBytesMax } = context.limits;
  const bytesMax = field.plan.undeclared ? undeclaredBytesMax : undefined;
  const writer = createFileWriter({
    context,
    plan: { ...file, bytesMax: file.bytesMax ?? rawBytesMax(file) },
    pointer,
    part,
    filename,
    declaredType,
    undeclaredBytesMax: bytesMax,
  });
  if (file.encoding === undefined) {
    return {
      write: (bytes) => writer.write(bytes),
      end: () => (isEmptyInput(field, writer.size) ? absent : writer.end()),
    };
  }
  return createEncodedField(field, file, writer);
}

// What is no longer than `maxLength` as text is no longer than this as octets: for those that come as they are.
function rawBytesMax({ encoding, textBytesMax }: FilePlan): number | undefined {
  const known = parseContentEncoding(encoding ?? "identity");
  if (textBytesMax === undefined || known === undefined) return undefined;
  return Math.floor((textBytesMax * octetsFor8Characters[known]) / 8);
}

const octetsFor8Characters: Readonly<Record<ContentEncoding, number>> = {
  base64: 6,
  base64url: 6,
  base32: 5,
  base32hex: 5,
  base16: 4,
  "quoted-printable": 8,
  identity: 8,
};

// HTML sends a file input without a file as filename="" and no octets.
function isEmptyInput({ context, filename, multipart }: Field, size: number): boolean {
  if (size > 0) return false;
  return multipart ? filename === "" && context.options.emptyInputIsAbsent : true;
}

const headBytes = 64;

// Clients send raw octets where the schema says encoded text (Swagger UI, Scalar, curl -F file=@…):
// taken when the part is clearly a file and its first octets are outside the alphabet, then held to.
function createEncodedField(field: Field, file: FilePlan, writer: FileWriter): FieldReader {
  const { keep } = field.context;
  const encoded = createEncodedFile(file, writer, { lineBreaks: field.multipart, keep });
  const { lenientFiles } = field.context.options;
  const maybeRaw = lenientFiles && field.multipart && !field.encoded && looksLikeFile(field);
  let chosen: "raw" | "encoded" | undefined = maybeRaw ? undefined : "encoded";
  let head: { bytes: Uint8Array; offset: number }[] = [];
  let size = 0;

  const pass = (bytes: Uint8Array, offset: number): void => {
    if (chosen === "raw") writer.write(bytes);
    else encoded.write(bytes, offset);
  };
  const choose = (): void => {
    const first = join(head.map(({ bytes }) => bytes))
      .subarray(0, headBytes)
      .filter(isNoBreak);
    const encoding = parseContentEncoding(file.encoding ?? "") ?? "identity";
    chosen = isInAlphabet(encoding, first) || startsWithData(first) ? "encoded" : "raw";
    for (const { bytes, offset } of head) pass(bytes, offset);
    head = [];
  };

  return {
    write(bytes, offset) {
      size += bytes.length;
      if (chosen) return pass(bytes, offset);
      head.push({ bytes: bytes.slice(), offset });
      if (size >= headBytes) choose();
    },
    end(offset) {
      if (isEmptyInput(field, size)) return absent;
      if (!chosen) choose();
      return chosen === "raw" ? writer.end() : encoded.end(offset);
    },
  };
}

// Encoded text may have line breaks in a part (RFC 2045 §6.8).
function isNoBreak(byte: number): boolean {
  return byte !== 0x0a && byte !== 0x0d && byte !== 0x20 && byte !== 0x09;
}

function startsWithData(head: Uint8Array): boolean {
  return String.fromCharCode(...head.subarray(0, 5)).toLowerCase() === "data:";
}

function createJsonField(field: Field): FieldReader {
  const { context, plan, pointer, part } = field;
  let reader: JsonReader | undefined;
  // Made with the first octet: not before is it known where the document begins.
  const begin = (offset: number): JsonReader =>
    (reader ??= createJsonReader({ context, plan: plan.value, pointer, part, offset }));
  return {
    write: (bytes, offset) => begin(offset).write(bytes),
    end(offset) {
      if (!reader && isNullable(field)) return null;
      const value = begin(offset).end();
      stripReadOnly(context, value, plan.value, parsePointer(pointer));
      return value;
    },
  };
}

function isNullable(field: Field): boolean {
  return textPlanOf(field).types.includes("null");
}

/** `*` in a part's own type, or a list of types, says nothing about its octets. */
export function isConcrete({ type, subtype }: MediaType): boolean {
  return type !== "*" && subtype !== "*" && !(type === "application" && subtype === "octet-stream");
}

/** A part's Content-Type; undefined when it has none or it is no single media type. */
export function ownMediaType(text: string | undefined): MediaType | undefined {
  return text === undefined || text.includes(",") ? undefined : parseMediaType(text);
}
