// Files as a caller gives them to the client, and as octets.
import { isObject } from "../base/json.js";
import { eachChunk } from "../codec/encoding/each-chunk.js";
import type { OctetSource } from "../codec/multipart/octet-source.js";
import { describedPart, type DescribedPart, type PartSaid } from "./part-input.js";

/** Octets that a body is made from. Streams, Web's or Node's, can be read once. */
export type FileContent = ArrayBuffer | ArrayBufferView | Blob | OctetSource;

/** A file in a value to be sent: its content alone, or with what is known of it. */
export type FileInput =
  | FileContent
  | (PartSaid & { readonly content: FileContent })
  | DescribedPart;

export interface KnownFile {
  readonly content: Uint8Array | Blob | OctetSource;
  readonly filename: string | undefined;
  readonly mediaType: string | undefined;
  readonly size: number | undefined;
  readonly headers: Readonly<Record<string, unknown>>;
}

/** Undefined for what is no file: a value, or a reference or a URL that keeps the file that is there, or null. */
export function knownFile(given: unknown): KnownFile | undefined {
  const { value, said } = describedPart(given);
  if (isContent(value)) return knownContent(value, said);
  if (!isObject(value) || !isContent(value["content"])) return undefined;
  const { filename, mediaType, size, headers } = value;
  return knownContent(value["content"], {
    ...(typeof filename === "string" ? { filename } : {}),
    ...(typeof mediaType === "string" ? { mediaType } : {}),
    ...(typeof size === "number" ? { size } : {}),
    ...(isObject(headers) ? { headers } : {}),
    ...said,
  });
}

/** Octets in pieces; a stream is closed with it. */
export async function* octetsOf(content: KnownFile["content"]): AsyncGenerator<Uint8Array> {
  if (!(content instanceof Uint8Array))
    yield* eachChunk(content instanceof Blob ? content.stream() : content);
  else
    for (let at = 0; at < content.length; at += pieceBytes)
      yield content.subarray(at, at + pieceBytes);
}

/** So that what is made of a large file in memory, such as its base64, need not be in memory whole. */
const pieceBytes = 96 * 1024;

function isContent(value: unknown): value is FileContent {
  if (value instanceof ArrayBuffer || ArrayBuffer.isView(value) || value instanceof Blob)
    return true;
  // Not every Web stream is an async iterable: Safari's are not.
  return isObject(value) && (Symbol.asyncIterator in value || "getReader" in value);
}

function knownContent(given: FileContent, said: PartSaid): KnownFile {
  const content = octets(given);
  const blob = content instanceof Blob ? content : undefined;
  return {
    content,
    filename: said.filename ?? (content instanceof File ? content.name : undefined),
    mediaType: said.mediaType ?? (blob?.type || undefined),
    size: content instanceof Uint8Array ? content.length : (blob?.size ?? said.size),
    headers: said.headers ?? {},
  };
}

function octets(content: FileContent): KnownFile["content"] {
  if (content instanceof ArrayBuffer) return new Uint8Array(content);
  if (!ArrayBuffer.isView(content) || content instanceof Uint8Array) return content;
  return new Uint8Array(content.buffer, content.byteOffset, content.byteLength);
}
