// Files as a caller gives them to the client, and as octets.
import { isObject } from "../base/json.js";

/** Octets that a body is made from. Streams can be read once. */
export type FileContent = Uint8Array | Blob | AsyncIterable<Uint8Array>;

/** A file in a value to be sent: its content alone, or with what is known of it. */
export type FileInput =
  | FileContent
  | {
      readonly content: FileContent;
      readonly filename?: string;
      readonly mediaType?: string;
      readonly size?: number;
    };

export interface KnownFile {
  readonly content: FileContent;
  readonly filename: string | undefined;
  readonly mediaType: string | undefined;
  readonly size: number | undefined;
}

/** Undefined for what is no file: a reference or a URL that keeps the one that is there, or null. */
export function knownFile(value: unknown): KnownFile | undefined {
  if (isContent(value)) return knownContent(value);
  if (!isObject(value) || !isContent(value["content"])) return undefined;
  const own = knownContent(value["content"]);
  const { filename, mediaType, size } = value;
  return {
    content: own.content,
    filename: typeof filename === "string" ? filename : own.filename,
    mediaType: typeof mediaType === "string" ? mediaType : own.mediaType,
    size: typeof size === "number" ? size : own.size,
  };
}

export async function* octetsOf(content: FileContent): AsyncGenerator<Uint8Array> {
  if (content instanceof Uint8Array) yield content;
  else if (content instanceof Blob) yield* content.stream();
  else yield* content;
}

function isContent(value: unknown): value is FileContent {
  if (value instanceof Uint8Array || value instanceof Blob) return true;
  return typeof value === "object" && value !== null && Symbol.asyncIterator in value;
}

function knownContent(content: FileContent): KnownFile {
  const blob = content instanceof Blob ? content : undefined;
  const name = content instanceof File ? content.name : undefined;
  const size = content instanceof Uint8Array ? content.length : blob?.size;
  return { content, filename: name, mediaType: blob?.type || undefined, size };
}
