// A field of a form that holds a file: its octets, or exactly `{"upload": "<token>"}` with a token of ours.
// Which it is shows within a few octets; until then they wait here.
import { essenceOf, type MediaType } from "../base/media-type.js";
import { isUploadToken, uploadTokenIn } from "../base/upload-reference.js";
import type { FieldReader } from "./field-reader.js";
import { join } from "./join.js";

/** The text of such an object, with some white space. */
const textBytesMax = 256;
const plainTypes = new Set(["text/plain", "application/json"]);

/** What is sent with a file name, or as another type, is a file. */
export function mayNameUpload(
  filename: string | undefined,
  mediaType: MediaType | undefined,
): boolean {
  return filename === undefined && (!mediaType || plainTypes.has(essenceOf(mediaType)));
}

/** `file` reads all that names no upload. */
export function createUploadField(
  file: FieldReader,
  claim: (token: string) => unknown,
): FieldReader {
  let head: { readonly bytes: Uint8Array; readonly offset: number }[] = [];
  let size = 0;
  let isFile = false;

  const text = (): Uint8Array => join(head.map(({ bytes }) => bytes));
  const pass = (): void => {
    isFile = true;
    for (const { bytes, offset } of head) file.write(bytes, offset);
    head = [];
  };

  return {
    write(bytes, offset) {
      if (isFile) return file.write(bytes, offset);
      head.push({ bytes: bytes.slice(), offset });
      size += bytes.length;
      if (size > textBytesMax || !mayBeginObject(text())) pass();
    },
    end(offset) {
      const token = isFile ? undefined : tokenIn(text());
      if (token !== undefined) return claim(token);
      pass();
      return file.end(offset);
    },
  };
}

function mayBeginObject(head: Uint8Array): boolean {
  const first = head.find((octet) => octet > 0x20);
  return first === undefined || first === 0x7b;
}

function tokenIn(text: Uint8Array): string | undefined {
  try {
    const token = uploadTokenIn(JSON.parse(new TextDecoder().decode(text)));
    return token !== undefined && isUploadToken(token) ? token : undefined;
  } catch {
    return undefined; // no JSON: octets like any others
  }
}
