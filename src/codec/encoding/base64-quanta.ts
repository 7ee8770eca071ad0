// The fast road of base64: whole groups of four characters, thousands at a time. It takes what is valid and
// leaves the first group that is not (padding, line breaks, faults) to the caller's slow road.
import { radixes } from "./radix.js";
import type { RadixName } from "./radix.js";

/** Decodes groups from `from` on into `out` at `at`; returns how many characters it took, a multiple of four. */
export type QuantaDecoder = (
  bytes: Uint8Array,
  from: number,
  to: number,
  out: Uint8Array,
  at: number,
) => number;

/** Below it, a call into the platform costs more than it saves. */
const NATIVE_MIN = 256;
const hasBuffer = typeof Buffer === "function";

/** The value of each character, shifted to its place in a group. */
type Places = readonly [Int32Array, Int32Array, Int32Array, Int32Array];
// Made once: for a short text they would cost more than to decode it.
const places = { base64: createPlaces("base64"), base64url: createPlaces("base64url") };

/** Decodes by table; stops at the first group that is not four characters of the alphabet. */
export function createQuantaDecoder(name: "base64" | "base64url"): QuantaDecoder {
  const [first, second, third, fourth] = places[name];
  return (bytes, from, to, out, at) => {
    const last = to - 4;
    let i = from;
    let j = at;
    for (; i <= last; i += 4) {
      const group =
        (first[bytes[i] ?? 0] ?? -1) |
        (second[bytes[i + 1] ?? 0] ?? -1) |
        (third[bytes[i + 2] ?? 0] ?? -1) |
        (fourth[bytes[i + 3] ?? 0] ?? -1);
      if (group < 0) break;
      out[j] = group >> 16;
      out[j + 1] = group >> 8;
      out[j + 2] = group;
      j += 3;
    }
    return i - from;
  };
}

/** The same with the platform's decoder for long runs; the table where there is none. */
export function createFastQuantaDecoder(name: "base64" | "base64url"): QuantaDecoder {
  const decode = createQuantaDecoder(name);
  if (!hasBuffer) return decode;
  const aliens = name === "base64" ? [0x2d, 0x5f] : [0x2b, 0x2f];
  return (bytes, from, to, out, at) => {
    const size = (to - from) & ~3;
    if (size < NATIVE_MIN) return decode(bytes, from, to, out, at);
    const run = Buffer.from(bytes.buffer, bytes.byteOffset + from, size);
    const target = Buffer.from(out.buffer, out.byteOffset + at, (size / 4) * 3);
    // Node leaves out what it does not know, so that less is written than was due; yet it takes the
    // characters of both alphabets for either.
    const written = target.write(run.toString("latin1"), 0, target.length, "base64");
    const valid = written === target.length && !aliens.some((alien) => run.includes(alien));
    return valid ? size : decode(bytes, from, to, out, at);
  };
}

function createPlaces(name: RadixName): Places {
  const shifted = (shift: number): Int32Array =>
    Int32Array.from(radixes[name].values, (value) => (value < 0 ? -1 : value << shift));
  return [shifted(18), shifted(12), shifted(6), shifted(0)];
}
