// Base64, base32 and base16 text (RFC 4648 §4–§8), without line breaks.
import type { ByteEncoder } from "./byte-encoder.js";
import { allocateOctets } from "./octet-view.js";
import { radixes } from "./radix.js";
import type { Radix, RadixName } from "./radix.js";

const PAD = 0x3d;
/** Below it, a call into the platform costs more than it saves. */
const NATIVE_MIN = 192;
const hasBuffer = typeof Buffer === "function";

/** A hot state machine; use it through `createByteEncoder`. */
export class RadixEncoder implements ByteEncoder {
  readonly #radix: Radix;
  readonly #characters: Uint8Array;
  /** Bits that do not make a character yet, and how many. */
  #bits = 0;
  #bitCount = 0;
  /** Characters since the last whole group. */
  #count = 0;

  constructor(name: RadixName) {
    this.#radix = radixes[name];
    this.#characters = new TextEncoder().encode(this.#radix.characters);
  }

  write(bytes: Uint8Array): Uint8Array {
    const { bits, group } = this.#radix;
    const out = allocateOctets(Math.ceil((this.#bitCount + bytes.length * 8) / bits));
    let at = 0;
    for (let i = 0; i < bytes.length; i++) {
      if (this.#bitCount === 0 && this.#count === 0) {
        const taken = this.#writeNative(bytes, i, out, at);
        i += taken;
        at += (taken / 3) * 4;
        if (i === bytes.length) break;
      }
      this.#bits = (this.#bits << 8) | (bytes[i] ?? 0);
      this.#bitCount += 8;
      while (this.#bitCount >= bits) {
        this.#bitCount -= bits;
        out[at++] = this.#characters[this.#bits >> this.#bitCount] ?? 0;
        this.#bits &= (1 << this.#bitCount) - 1;
        this.#count = (this.#count + 1) % group;
      }
    }
    return out.subarray(0, at);
  }

  end(): Uint8Array {
    const { bits, group, name } = this.#radix;
    const text: number[] = [];
    if (this.#bitCount > 0) {
      text.push(this.#characters[this.#bits << (bits - this.#bitCount)] ?? 0);
      this.#count++;
    }
    if (name !== "base64url" && this.#count > 0)
      for (; this.#count < group; this.#count++) text.push(PAD);
    return Uint8Array.from(text);
  }

  /** Long runs of base64, by whole groups: how many octets were taken. */
  #writeNative(bytes: Uint8Array, from: number, out: Uint8Array, at: number): number {
    const { name } = this.#radix;
    const size = bytes.length - from;
    const taken = size - (size % 3);
    if (name !== "base64" && name !== "base64url") return 0;
    if (taken < NATIVE_MIN || !hasBuffer) return 0;
    const text = Buffer.from(bytes.buffer, bytes.byteOffset + from, taken).toString(name);
    Buffer.from(out.buffer, out.byteOffset, out.length).write(text, at, "latin1");
    return taken;
  }
}
