// A part whose body streams. Its octets are read once, in one of four ways.
import { WaybillError } from "../../base/fault.js";
import { parseMediaType } from "../../base/media-type.js";
import { joinOctets } from "./octet-gatherer.js";
import type { PartHead } from "./part-head.js";
import { placeOf } from "./part-place.js";

export interface ReadAllOptions {
  /** Octets of the body; more reject with `field-too-large`. Default: `fieldBytesMax` of the limits. */
  readonly max?: number;
}

export interface MultipartPart extends PartHead {
  /** In multipart/related: is it the part that the others belong to? */
  readonly root: boolean;
  /** Views of the source's chunks, none empty. One loop; leaving it early passes the rest over. */
  readonly body: AsyncIterable<Uint8Array>;
  /** The whole body. */
  bytes(options?: ReadAllOptions): Promise<Uint8Array>;
  /** The whole body as text, in the charset of the part, else of `_charset_`, else UTF-8. Rejects with `malformed-encoding`. */
  text(options?: ReadAllOptions): Promise<string>;
  /** The body as a Web stream, read as it is asked for. */
  stream(): ReadableStream<Uint8Array>;
}

/** Hands out the octets of the part that is at hand; undefined at its end. */
export interface PartBodyReader {
  next(): Promise<Uint8Array | undefined>;
  /** The rest is not wanted. */
  skip(): void;
}

export interface MultipartPartOptions {
  readonly head: PartHead;
  readonly root: boolean;
  /** What `_charset_` said before the part. */
  readonly charset: string | undefined;
  readonly reader: PartBodyReader;
  readonly fieldBytesMax: number;
}

export class StreamedPart implements MultipartPart {
  readonly index: number;
  readonly offset: number;
  readonly disposition: string;
  readonly name: string | undefined;
  readonly filename: string | undefined;
  readonly mediaType: string | undefined;
  readonly transferEncoding: string | undefined;
  readonly headers: PartHead["headers"];
  readonly root: boolean;
  readonly #options: MultipartPartOptions;
  #begun = false;

  constructor(options: MultipartPartOptions) {
    const { head } = options;
    this.index = head.index;
    this.offset = head.offset;
    this.disposition = head.disposition;
    this.name = head.name;
    this.filename = head.filename;
    this.mediaType = head.mediaType;
    this.transferEncoding = head.transferEncoding;
    this.headers = head.headers;
    this.root = options.root;
    this.#options = options;
  }

  get body(): AsyncIterable<Uint8Array> {
    return { [Symbol.asyncIterator]: () => iterate(this.#begin()) };
  }

  async bytes({ max = this.#options.fieldBytesMax }: ReadAllOptions = {}): Promise<Uint8Array> {
    const reader = this.#begin();
    const pieces: Uint8Array[] = [];
    let size = 0;
    for (let piece = await reader.next(); piece !== undefined; piece = await reader.next()) {
      size += piece.length;
      if (size > max) {
        reader.skip();
        throw tooLarge(this, max);
      }
      pieces.push(piece);
    }
    return joinOctets(pieces, size);
  }

  async text(options: ReadAllOptions = {}): Promise<string> {
    const bytes = await this.bytes(options);
    return decodeText(bytes, this, this.#options.charset);
  }

  stream(): ReadableStream<Uint8Array> {
    const reader = this.#begin();
    return new ReadableStream<Uint8Array>(
      {
        async pull(controller) {
          const piece = await reader.next();
          if (piece === undefined) controller.close();
          else controller.enqueue(piece);
        },
        cancel: () => reader.skip(),
      },
      { highWaterMark: 0 },
    );
  }

  #begin(): PartBodyReader {
    if (this.#begun) throw new TypeError("The body of the part is being read, or was.");
    this.#begun = true;
    return this.#options.reader;
  }
}

async function* iterate(reader: PartBodyReader): AsyncGenerator<Uint8Array> {
  try {
    for (let piece = await reader.next(); piece !== undefined; piece = await reader.next()) {
      yield piece;
    }
  } finally {
    reader.skip();
  }
}

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

// RFC 7578 §4.4, §4.5, §4.6: the part's own charset comes first.
function decodeText(bytes: Uint8Array, head: PartHead, charset: string | undefined): string {
  const label = charsetOf(head) ?? charset;
  try {
    const decoder =
      label === undefined ? utf8 : new TextDecoder(label, { fatal: true, ignoreBOM: true });
    return decoder.decode(bytes);
  } catch (cause) {
    const detail = `A part is no valid text in ${JSON.stringify(label ?? "utf-8")}.`;
    const fault = { code: "malformed-encoding", detail, offset: head.offset } as const;
    throw new WaybillError({ ...fault, part: placeOf(head) }, { cause });
  }
}

function charsetOf({ mediaType }: PartHead): string | undefined {
  if (mediaType === undefined || !mediaType.includes(";")) return undefined;
  return parseMediaType(mediaType)?.parameters.get("charset");
}

function tooLarge(head: PartHead, max: number): WaybillError {
  return new WaybillError({
    code: "field-too-large",
    detail: `A part has more than ${max} octets.`,
    offset: head.offset,
    part: placeOf(head),
    limit: { name: "max", value: max },
  });
}
