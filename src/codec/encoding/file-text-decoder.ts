// A file given as text: `contentEncoding` text, or a `data:` URI (RFC 2397) that says itself how it is encoded.
// The first five octets decide.
import { createByteDecoder } from "./byte-decoder.js";
import type { ByteDecoder, DecodingPolicy } from "./byte-decoder.js";
import type { ContentEncoding } from "./content-encoding.js";
import { DataUriDecoder } from "./data-uri-decoder.js";
import { createFirstErrorGuard } from "./first-error.js";

export interface FileTextDecoderOptions {
  /** Of text that is no `data:` URI. */
  readonly encoding: ContentEncoding;
  /** Line breaks count for a data URI's base64 too; its padding is always optional. */
  readonly policy?: DecodingPolicy;
  /** Called once, before any octet, if a data URI names its type: `type/subtype`, lower case; values are percent-decoded. */
  readonly onMediaType?: (type: string, parameters: ReadonlyMap<string, string>) => void;
}

const scheme = [0x64, 0x61, 0x74, 0x61, 0x3a] as const;

export function createFileTextDecoder(options: FileTextDecoderOptions): ByteDecoder {
  const decoder = new FileTextDecoder(options);
  const guard = createFirstErrorGuard();
  return {
    write: (bytes, offset) => guard(() => decoder.write(bytes, offset)),
    end: (offset) => guard(() => decoder.end(offset)),
  };
}

class FileTextDecoder implements ByteDecoder {
  readonly #options: FileTextDecoderOptions;
  #decoder: ByteDecoder | undefined;
  /** Octets that may be the scheme's beginning, and where they stood. */
  #held = new Uint8Array(0);
  #heldOffset = 0;

  constructor(options: FileTextDecoderOptions) {
    this.#options = options;
  }

  write(bytes: Uint8Array, offset: number): Uint8Array {
    if (this.#decoder) return this.#decoder.write(bytes, offset);
    let matched = this.#held.length;
    let i = 0;
    while (i < bytes.length && isSchemeOctet(bytes[i] ?? 0, matched)) {
      i++;
      if (++matched < scheme.length) continue;
      this.#decoder = new DataUriDecoder(this.#options);
      return this.#decoder.write(bytes.subarray(i), offset + i);
    }
    if (i < bytes.length) return this.#decodePlain(bytes, offset);
    if (this.#held.length === 0) this.#heldOffset = offset;
    this.#held = concat(this.#held, bytes);
    return new Uint8Array(0);
  }

  end(offset: number): Uint8Array {
    if (this.#decoder) return this.#decoder.end(offset);
    const decoder = createByteDecoder(this.#options.encoding, this.#options.policy);
    return concat(decoder.write(this.#held, this.#heldOffset), decoder.end(offset));
  }

  /** The text is no data URI: what was held goes to the decoder of its own encoding. */
  #decodePlain(bytes: Uint8Array, offset: number): Uint8Array {
    const decoder = createByteDecoder(this.#options.encoding, this.#options.policy);
    this.#decoder = decoder;
    if (this.#held.length === 0) return decoder.write(bytes, offset);
    return concat(decoder.write(this.#held, this.#heldOffset), decoder.write(bytes, offset));
  }
}

function isSchemeOctet(byte: number, index: number): boolean {
  const letter = byte >= 0x41 && byte <= 0x5a ? byte | 0x20 : byte;
  return letter === scheme[index];
}

function concat(a: Uint8Array, b: Uint8Array): Uint8Array<ArrayBuffer> {
  const both = new Uint8Array(a.length + b.length);
  both.set(a);
  both.set(b, a.length);
  return both;
}
