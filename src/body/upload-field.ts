// A field of a form that holds a file: its octets, or exactly an object that names one, `{"upload": "<token>"}` with a
// token of ours, or `{"url": "https://…"}` where that may be. Which it is shows within a few octets; until then they wait here.
import { essenceOf, type MediaType } from "../base/media-type.js";
import type { NamedFile } from "./claimed-file.js";
import type { FieldReader } from "./field-reader.js";
import { join } from "./join.js";

/** The text of such an object, with some white space: a URL may be long. */
const textBytesMax = 8192;
const plainTypes = new Set(["text/plain", "application/json"]);

/** What is sent with a file name, or as another type, is a file. */
export function mayNameUpload(
  filename: string | undefined,
  mediaType: MediaType | undefined,
): boolean {
  return filename === undefined && (!mediaType || plainTypes.has(essenceOf(mediaType)));
}

export interface UploadFieldOptions {
  /** What a value names in place of a file, if it does. */
  readonly named: (value: unknown) => NamedFile | undefined;
  readonly claim: (named: NamedFile) => unknown;
}

/** `file` reads all that names none. */
export function createUploadField(
  file: FieldReader,
  { named, claim }: UploadFieldOptions,
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
      if (size > textBytesMax || !mayBeginObject(head)) pass();
    },
    end(offset) {
      const found = isFile ? undefined : named(valueIn(text()));
      if (found) return claim(found);
      pass();
      return file.end(offset);
    },
  };
}

function mayBeginObject(head: readonly { readonly bytes: Uint8Array }[]): boolean {
  for (const { bytes } of head) {
    const first = bytes.find((octet) => octet > 0x20);
    if (first !== undefined) return first === 0x7b;
  }
  return true;
}

function valueIn(text: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(text));
  } catch {
    return undefined; // no JSON: octets like any others
  }
}
