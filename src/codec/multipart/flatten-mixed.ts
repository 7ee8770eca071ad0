// Several files under one name as RFC 2388 had them: a part that is itself a multipart/mixed body
// (RFC 7578 §4.3). Its parts are told as if each stood in the form under that name. One level, no more.
import { WaybillError } from "../../base/fault.js";
import { type MediaType, parseMediaType } from "../../base/media-type.js";
import {
  createMultipartDecoder,
  type MultipartDecoder,
  type MultipartDecoderOptions,
  type MultipartHandler,
  type PartHead,
} from "./multipart-decoder.js";
import { parseContentEncoding } from "../encoding/content-encoding.js";
import { parseBoundary } from "./parse-boundary.js";
import { placeFaults, placeOf } from "./part-place.js";

const opening = "multipart/mixed";

export interface FlattenMixedOptions extends Pick<
  MultipartDecoderOptions,
  "limits" | "strict" | "lineFeed" | "handler"
> {
  /** Which parts may be taken for several. Default: all that say so. */
  readonly takesSeveral?: (head: PartHead) => boolean;
}

/**
 * The parts of a nested body have the name and index of the part that it is in; their offsets count from
 * the start of the whole. What is wrong with a nested body is thrown as of any.
 */
export function flattenMixed(options: FlattenMixedOptions): MultipartHandler {
  const { handler, takesSeveral = () => true } = options;
  let nested: NestedBody | undefined;
  return {
    onPart(head) {
      const mixed = mixedType(head);
      nested = mixed && takesSeveral(head) ? new NestedBody(head, mixed, options) : undefined;
      if (!nested) handler.onPart(head);
    },
    onData(bytes, offset) {
      if (nested) nested.write(bytes, offset);
      else handler.onData(bytes, offset);
    },
    onPartEnd() {
      if (nested) nested.end();
      else handler.onPartEnd();
    },
  };
}

// With a filename it is a file that happens to be multipart, such as a stored mail.
function mixedType({ filename, mediaType }: PartHead): MediaType | undefined {
  if (filename !== undefined || mediaType === undefined) return undefined;
  if (mediaType.slice(0, opening.length).toLowerCase() !== opening) return undefined;
  const parsed = parseMediaType(mediaType);
  return parsed?.subtype === "mixed" ? parsed : undefined;
}

class NestedBody {
  private readonly outer: PartHead;
  private readonly boundary: string;
  private readonly options: FlattenMixedOptions;
  /** Made with the first octet: not before is it known where the body begins. */
  private decoder: MultipartDecoder | undefined;

  constructor(outer: PartHead, mediaType: MediaType, options: FlattenMixedOptions) {
    this.outer = outer;
    this.options = options;
    checkTransferEncoding(outer);
    this.boundary = placeFaults(outer, () => parseBoundary(mediaType));
  }

  write(bytes: Uint8Array, offset: number): void {
    this.decoder ??= this.create(offset);
    this.decoder.write(bytes);
  }

  end(): void {
    (this.decoder ?? this.create(this.outer.offset)).end();
  }

  private create(offset: number): MultipartDecoder {
    const { boundary, options } = this;
    const { name, index } = this.outer;
    const { limits, strict = false, lineFeed = false, handler } = options;
    return createMultipartDecoder({
      boundary,
      subtype: "mixed",
      limits,
      strict,
      lineFeed,
      within: { ...placeOf(this.outer), offset },
      handler: {
        onPart: (head) => handler.onPart({ ...head, name, index }),
        onData: (bytes, at) => handler.onData(bytes, at),
        onPartEnd: () => handler.onPartEnd(),
      },
    });
  }
}

// RFC 2045 §6.4: a multipart body is never encoded as a whole, its parts are.
function checkTransferEncoding(outer: PartHead): void {
  const encoding = parseContentEncoding(outer.transferEncoding ?? "binary");
  if (encoding === "identity") return;
  throw new WaybillError({
    code: "malformed-encoding",
    detail: "A multipart/mixed part has a Content-Transfer-Encoding.",
    offset: outer.offset,
    part: placeOf(outer),
  });
}
