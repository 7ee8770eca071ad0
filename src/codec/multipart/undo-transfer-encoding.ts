// Content-Transfer-Encoding undone (RFC 2045 §6; deprecated in forms, RFC 7578 §4.7, and sent all the same).
// Stands between a decoder and the handler. A head that was seen to here says no transfer encoding any
// more, so that nobody undoes it again.
import { WaybillError } from "../../base/fault.js";
import { createByteDecoder } from "../encoding/byte-decoder.js";
import { type ContentEncoding, parseContentEncoding } from "../encoding/content-encoding.js";
import type { MultipartHandler } from "./multipart-handler.js";
import type { PartHead } from "./part-head.js";
import { placeFaults, placeOf } from "./part-place.js";

/** Throws `malformed-encoding`. Offsets of decoded data are those of the encoded chunk that it came in. */
export function undoTransferEncoding(handler: MultipartHandler): MultipartHandler {
  let decoder: PartDecoder | undefined;

  return {
    onPart(head) {
      decoder = head.transferEncoding === undefined ? undefined : decoderOf(head);
      handler.onPart(decoder ? { ...head, transferEncoding: undefined } : head);
    },
    onData(bytes, offset) {
      const data = decoder ? decoder.write(bytes, offset) : bytes;
      if (data.length > 0) handler.onData(data, offset);
    },
    onPartEnd() {
      const rest = decoder?.end();
      if (rest && rest.bytes.length > 0) handler.onData(rest.bytes, rest.offset);
      handler.onPartEnd();
    },
  };
}

/** Faults that it throws know their part. */
interface PartDecoder {
  write(bytes: Uint8Array, offset: number): Uint8Array;
  end(): { readonly bytes: Uint8Array; readonly offset: number };
}

function decoderOf(head: PartHead): PartDecoder {
  const decoder = createByteDecoder(encodingOf(head), { lineBreaks: true, padding: "optional" });
  let offset = head.offset;
  return {
    write(bytes, from) {
      offset = from + bytes.length;
      return placeFaults(head, () => decoder.write(bytes, from));
    },
    end: () => ({ bytes: placeFaults(head, () => decoder.end(offset)), offset }),
  };
}

function encodingOf(head: PartHead): ContentEncoding {
  const said = head.transferEncoding ?? "";
  const encoding = said === "" ? "identity" : parseContentEncoding(said);
  if (encoding !== undefined) return encoding;
  throw new WaybillError({
    code: "malformed-encoding",
    detail: `The Content-Transfer-Encoding ${JSON.stringify(said)} is not known.`,
    offset: head.offset,
    part: placeOf(head),
  });
}
