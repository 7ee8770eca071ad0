// The wall between one request body and the codec that fits its media type.
import type { PartPlace } from "../base/fault.js";
import type { MediaType } from "../base/media-type.js";
import type { FilePlan } from "../plan/file-plan.js";
import type { MediaTypePlan } from "../plan/media-type-plan.js";
import type { BodyContext } from "./body-context.js";
import { createEncodedFile } from "./encoded-file.js";
import { join } from "./join.js";
import { createFileWriter } from "./file-writer.js";
import { createJsonReader } from "./json-reader.js";
import { createMultipartReader } from "./multipart-reader.js";
import { createPositionReader } from "./position-reader.js";
import { stripReadOnly } from "./read-only.js";
import { createSequenceReader } from "./sequence-reader.js";
import { decodeCharset, parseTextValue } from "./text-value.js";
import { createUrlencodedReader } from "./urlencoded-reader.js";
import { parseXmlValue } from "./xml-value.js";

/** Takes a body in pieces and gives its value; both methods throw what is final. */
export interface BodyReader {
  write(bytes: Uint8Array): void;
  end(): unknown;
  /** For multipart: which part a place in the value came from. */
  partAt(pointer: string): PartPlace | undefined;
}

export interface BodyMessage {
  readonly contentType: MediaType;
  /** From the request's own Content-Disposition, for raw bodies. */
  readonly filename: string | undefined;
}

export function createBodyReader(
  context: BodyContext,
  plan: MediaTypePlan,
  message: BodyMessage,
): BodyReader {
  const { body } = plan;
  switch (body.kind) {
    case "json": {
      const reader = createJsonReader({ context, plan: body.value, pointer: "", offset: 0 });
      return alone(
        (bytes) => reader.write(bytes),
        () => {
          const value = reader.end();
          stripReadOnly(context, value, body.value);
          return value;
        },
      );
    }
    case "form-data":
      return createMultipartReader(context, body.form, message.contentType);
    case "positional":
      return createPositionReader(context, body.parts, {
        contentType: message.contentType,
        whole: plan.schema !== undefined,
      });
    case "urlencoded":
      return createUrlencodedReader(context, body.form);
    case "sequence":
      return createSequenceReader(context, body.sequence, plan.schema !== undefined);
    case "raw":
      return createRawReader(context, body.file, message);
    case "xml":
      return createTextReader(context, message, (text) =>
        parseXmlValue(context, text, body, { pointer: "" }),
      );
    case "text":
      return createTextReader(context, message, (text) => parseTextValue(text, body.text));
  }
}

function createRawReader(
  context: BodyContext,
  file: FilePlan,
  { contentType, filename }: BodyMessage,
): BodyReader {
  const declaredType = `${contentType.type}/${contentType.subtype}`;
  const writer = createFileWriter({ context, plan: file, pointer: "", filename, declaredType });
  if (file.encoding === undefined)
    return alone(
      (bytes) => writer.write(bytes),
      () => writer.end(),
    );
  const encoded = createEncodedFile(file, writer, { lineBreaks: true, keep: context.keep });
  let offset = 0;
  return alone(
    (bytes) => {
      encoded.write(bytes, offset);
      offset += bytes.length;
    },
    () => encoded.end(offset),
  );
}

function createTextReader(
  context: BodyContext,
  { contentType }: BodyMessage,
  parse: (text: string) => unknown,
): BodyReader {
  const pieces: Uint8Array[] = [];
  return alone(
    (bytes) => {
      context.keep(bytes.length);
      pieces.push(bytes.slice());
    },
    () => parse(decodeCharset(join(pieces), contentType.parameters.get("charset"))),
  );
}

function alone(write: (bytes: Uint8Array) => void, end: () => unknown): BodyReader {
  return { write, end, partAt: () => undefined };
}
