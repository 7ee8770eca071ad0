// Base64, base32 and base16 (RFC 4648 §4–§8), cut anywhere. Alien characters are refused (§3.3) with their
// offset; padding (§3.2), line breaks (§3.1) and pad bits (§3.5) are the caller's policy.
import type { WaybillError } from "../../base/fault.js";
import { createFastQuantaDecoder, createQuantaDecoder } from "./base64-quanta.js";
import type { QuantaDecoder } from "./base64-quanta.js";
import type { ByteDecoder, DecodingPolicy } from "./byte-decoder.js";
import { createEncodingFault, describeOctet } from "./encoding-fault.js";
import { allocateOctets } from "./octet-view.js";
import { radixes } from "./radix.js";
import type { Radix, RadixName } from "./radix.js";

const PAD = 0x3d;

/** A hot state machine; use it through `createByteDecoder`, which makes the first error final. */
export class RadixDecoder implements ByteDecoder {
  readonly #radix: Radix;
  readonly #policy: Required<DecodingPolicy>;
  readonly #quanta: QuantaDecoder | undefined;
  /** Bits that do not make an octet yet, how many, and of how many characters of the group. */
  #bits = 0;
  #bitCount = 0;
  #count = 0;
  #pads = 0;

  constructor(name: RadixName, policy: Required<DecodingPolicy>) {
    this.#radix = radixes[name];
    this.#policy = policy;
    if (name === "base64" || name === "base64url") {
      // A run with line breaks would fail the platform's decoder at every line.
      this.#quanta = (policy.lineBreaks ? createQuantaDecoder : createFastQuantaDecoder)(name);
    }
  }

  write(bytes: Uint8Array, offset: number): Uint8Array {
    const { values, bits, group } = this.#radix;
    const size = bytes.length;
    const out = allocateOctets(((this.#bitCount + size * bits) >>> 3) + 1);
    let at = 0;
    for (let i = 0; i < size; i++) {
      if (this.#quanta !== undefined && this.#count === 0 && this.#pads === 0) {
        const taken = this.#quanta(bytes, i, size, out, at);
        i += taken;
        at += (taken / 4) * 3;
        if (i === size) break;
      }
      const byte = bytes[i] ?? 0;
      const value = values[byte] ?? -1;
      if (value < 0 || this.#pads > 0) {
        this.#takeOther(byte, offset + i);
        continue;
      }
      this.#bits = (this.#bits << bits) | value;
      this.#bitCount += bits;
      if (this.#bitCount >= 8) {
        this.#bitCount -= 8;
        out[at++] = this.#bits >> this.#bitCount;
        this.#bits &= (1 << this.#bitCount) - 1;
      }
      this.#count = (this.#count + 1) % group;
    }
    return out.subarray(0, at);
  }

  end(offset: number): Uint8Array {
    if (this.#count > 0) {
      const missing = this.#count + this.#pads < this.#radix.group;
      if (!this.#isWhole()) throw this.#fault(offset, "ends within a group of characters");
      if (missing && (this.#pads > 0 || this.#policy.padding === "required"))
        throw this.#fault(offset, 'ends without its "=" padding');
      this.#checkPadBits(offset);
    }
    return new Uint8Array(0);
  }

  /** An octet that is no character of the alphabet, or comes after padding. */
  #takeOther(byte: number, offset: number): void {
    if (this.#policy.lineBreaks && isLineSpace(byte)) return;
    const { padded, group, name } = this.#radix;
    if (byte !== PAD || !padded || this.#policy.padding === "forbidden") {
      const why = this.#pads > 0 ? "stands after padding" : `is no character of ${name}`;
      throw createEncodingFault(offset, `${capitalize(describeOctet(byte))} ${why}.`);
    }
    if (this.#count === 0 || !this.#isWhole() || this.#count + this.#pads === group)
      throw this.#fault(offset, "has padding where none is due");
    if (this.#pads++ === 0) this.#checkPadBits(offset);
  }

  /** Do the characters of the last group carry whole octets: is what is left of them less than a character? */
  #isWhole(): boolean {
    return this.#bitCount < this.#radix.bits;
  }

  // RFC 4648 §3.5: bits that fill the last character should be zero. `offset` is of what comes after it: its own
  // may be of an earlier piece, whose escapes are forgotten.
  #checkPadBits(offset: number): void {
    if (this.#policy.canonical && this.#bits !== 0)
      throw this.#fault(offset, "ends in a character whose surplus bits are not zero");
  }

  #fault(offset: number, what: string): WaybillError {
    return createEncodingFault(offset, `The ${this.#radix.name} text ${what}.`);
  }
}

function isLineSpace(byte: number): boolean {
  return byte === 0x0d || byte === 0x0a || byte === 0x20 || byte === 0x09;
}

function capitalize(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
