// Percent-encoding (RFC 3986 §2.1) in front of another decoder. Every other octet stands for itself.
import type { WaybillError } from "../../base/fault.js";
import type { ByteDecoder } from "./byte-decoder.js";
import { createEncodingFault, describeOctet } from "./encoding-fault.js";
import { OffsetMap } from "./offset-map.js";
import { viewOctets } from "./octet-view.js";

const PERCENT = 0x25;

/** A hot state machine: undoes `%HH` and passes the octets on to `next`. */
export class PercentDecoder implements ByteDecoder {
  readonly #next: ByteDecoder;
  readonly #offsets = new OffsetMap();
  /** Octets of an escape that were read, the percent sign among them; and its value so far. */
  #read = 0;
  #value = 0;
  #escapeOffset = 0;

  constructor(next: ByteDecoder) {
    this.#next = next;
  }

  write(bytes: Uint8Array, offset: number): Uint8Array {
    const plain = this.#read === 0 && viewOctets(bytes).indexOf(PERCENT) < 0;
    if (plain) return this.#next.write(bytes, offset);
    const { octets, failure } = this.#unescape(bytes, offset);
    let decoded: Uint8Array;
    try {
      decoded = this.#next.write(octets, offset);
    } catch (error) {
      throw this.#offsets.relocate(error, octets.length);
    }
    // What stands before the fault has been judged, so that the first fault is the same at any cut.
    if (failure) throw failure;
    return decoded;
  }

  end(offset: number): Uint8Array {
    if (this.#read > 0) throw createEncodingFault(offset, "The URI ends within a percent escape.");
    return this.#next.end(offset);
  }

  #unescape(bytes: Uint8Array, offset: number): { octets: Uint8Array; failure?: WaybillError } {
    const octets = new Uint8Array(bytes.length);
    let length = 0;
    this.#offsets.start(offset, this.#read > 0 ? this.#escapeOffset : offset);
    for (let i = 0; i < bytes.length; i++) {
      const byte = bytes[i] ?? 0;
      if (this.#read === 0 && byte !== PERCENT) octets[length++] = byte;
      else if (this.#read === 0) {
        this.#escapeOffset = offset + i;
        this.#offsets.mark(length, this.#escapeOffset);
        this.#read = 1;
      } else {
        const digit = hexValue(byte);
        if (digit < 0) {
          const detail = `No ${describeOctet(byte)} may stand in a percent escape.`;
          const failure = createEncodingFault(offset + i, detail);
          return { octets: octets.subarray(0, length), failure };
        }
        this.#value = (this.#value << 4) | digit;
        if (++this.#read < 3) continue;
        octets[length++] = this.#value & 0xff;
        this.#read = 0;
        this.#offsets.mark(length, offset + i + 1);
      }
    }
    return { octets: octets.subarray(0, length) };
  }
}

function hexValue(byte: number): number {
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30;
  const lower = byte | 0x20;
  return lower >= 0x61 && lower <= 0x66 ? lower - 0x57 : -1;
}
