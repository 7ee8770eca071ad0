// A file that comes as text: base64 and its kin, a `data:` URI, or the URL of the file that is there already.
import { WaybillError } from "../base/fault.js";
import type { ByteDecoder } from "../codec/encoding/byte-decoder.js";
import { parseContentEncoding, type ContentEncoding } from "../codec/encoding/content-encoding.js";
import { createFileTextDecoder } from "../codec/encoding/file-text-decoder.js";
import type { FilePlan } from "../plan/file-plan.js";
import { textTooLong, type FileWriter } from "./file-writer.js";

export interface EncodedFile {
  write(bytes: Uint8Array, offset: number): void;
  /** The file, or the text when it is a URL: what that means is for the resource to say. */
  end(offset: number): unknown;
}

const schemeBytes = 8; // enough for `https://`
const urlBytesMax = 8192;

export interface EncodedFileOptions {
  /** MIME's base64, as parts of a multipart body may have it (RFC 2045 §6.8). */
  readonly lineBreaks: boolean;
  /** Counts octets that stay in memory. */
  keep(octets: number): void;
}

export function createEncodedFile(
  plan: FilePlan,
  writer: FileWriter,
  { lineBreaks, keep }: EncodedFileOptions,
): EncodedFile {
  let head = new Uint8Array(0);
  let headOffset = 0;
  let decoder: ByteDecoder | undefined;
  let url: string | undefined;
  let textBytes = 0;
  let dead = false;

  const attempt = (work: () => void): void => {
    if (dead) return;
    try {
      work();
    } catch (error) {
      dead = true;
      writer.fail(error);
    }
  };

  const decode = (bytes: Uint8Array, offset: number): void => {
    decoder ??= createFileTextDecoder({
      encoding: encodingOf(plan),
      policy: lineBreaks ? { lineBreaks: true, padding: "optional" } : { padding: "optional" },
      onMediaType: (type) => writer.declare(type),
    });
    const octets = decoder.write(bytes, offset);
    if (octets.length > 0) writer.write(octets);
  };

  // The first octets tell a URL from encoded text: no alphabet has a colon.
  const begin = (): void => {
    const start = asciiOf(head.subarray(0, schemeBytes));
    if (start.startsWith("http://") || start.startsWith("https://")) {
      url = longer("", head);
      keep(head.length);
    } else if (head.length > 0) decode(head, headOffset);
  };

  return {
    write(bytes, offset) {
      attempt(() => {
        textBytes += bytes.length;
        if (textBytes > (plan.textBytesMax ?? Infinity)) throw textTooLong(plan.textBytesMax ?? 0);
        if (url !== undefined) {
          url = longer(url, bytes);
          keep(bytes.length);
        } else if (decoder) decode(bytes, offset);
        else {
          if (head.length === 0) headOffset = offset;
          head = concat(head, bytes);
          if (head.length >= schemeBytes) begin();
        }
      });
    },
    end(offset) {
      attempt(() => {
        if (!decoder && url === undefined) begin();
        const octets = decoder?.end(offset);
        if (octets && octets.length > 0) writer.write(octets);
      });
      return url !== undefined && !dead ? url : writer.end();
    },
  };
}

function encodingOf(plan: FilePlan): ContentEncoding {
  return parseContentEncoding(plan.encoding ?? "identity") ?? "identity";
}

function longer(url: string, bytes: Uint8Array): string {
  if (url.length + bytes.length <= urlBytesMax) return url + asciiOf(bytes);
  throw new WaybillError({
    code: "malformed-encoding",
    detail: "A URL is longer than 8192 characters.",
  });
}

/** Of few octets. */
function asciiOf(bytes: Uint8Array): string {
  return String.fromCharCode(...bytes);
}

function concat(a: Uint8Array, b: Uint8Array): Uint8Array<ArrayBuffer> {
  const both = new Uint8Array(a.length + b.length);
  both.set(a);
  both.set(b, a.length);
  return both;
}
