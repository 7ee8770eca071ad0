// A `data:` URI after its scheme (RFC 2397): `[type][;name=value]*[;base64],data`.
import { essenceOf, parseMediaType } from "../../base/media-type.js";
import { createByteDecoder } from "./byte-decoder.js";
import type { ByteDecoder } from "./byte-decoder.js";
import { createEncodingFault } from "./encoding-fault.js";
import type { FileTextDecoderOptions } from "./file-text-decoder.js";
import { viewOctets } from "./octet-view.js";
import { PercentDecoder } from "./percent-decoder.js";

const COMMA = 0x2c;
const HEADER_MAX = 1024;

/** A state machine; use it through `createFileTextDecoder`, which makes the first error final. */
export class DataUriDecoder implements ByteDecoder {
  readonly #options: FileTextDecoderOptions;
  #header = "";
  #data: ByteDecoder | undefined;

  constructor(options: FileTextDecoderOptions) {
    this.#options = options;
  }

  write(bytes: Uint8Array, offset: number): Uint8Array {
    if (this.#data) return this.#data.write(bytes, offset);
    const comma = viewOctets(bytes).indexOf(COMMA);
    const stop = comma < 0 ? bytes.length : comma;
    const room = HEADER_MAX - this.#header.length;
    if (stop > room)
      throw createEncodingFault(offset + room, "A data URI's header is longer than 1024 octets.");
    this.#header += String.fromCharCode(...bytes.subarray(0, stop));
    if (comma < 0) return new Uint8Array(0);
    this.#data = new PercentDecoder(this.#begin());
    return this.#data.write(bytes.subarray(comma + 1), offset + comma + 1);
  }

  end(offset: number): Uint8Array {
    if (!this.#data) throw createEncodingFault(offset, 'A data URI has no "," before its data.');
    return this.#data.end(offset);
  }

  /** The header is complete: tells the type, and says how the data is encoded. */
  #begin(): ByteDecoder {
    const marker = this.#header.match(/; *base64 *$/i);
    const type = this.#header.slice(0, marker?.index).trim();
    // RFC 2397 §3: with parameters alone, the type is text/plain.
    const media = parseMediaType(type.startsWith(";") ? `text/plain${type}` : type);
    if (media) this.#options.onMediaType?.(essenceOf(media), decodeValues(media.parameters));
    if (!marker) return createByteDecoder("identity");
    return createByteDecoder("base64", { ...this.#options.policy, padding: "optional" });
  }
}

function decodeValues(parameters: ReadonlyMap<string, string>): ReadonlyMap<string, string> {
  return new Map([...parameters].map(([name, value]) => [name, percentDecode(value)]));
}

function percentDecode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
